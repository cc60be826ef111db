/** Joining a channel: what a client asks for, whether it may, and what it is told. */
import type { Authorizer } from "./authorize.ts";
import { BindingError } from "./bindings.ts";
import type { Changes } from "./changes.ts";
import type { Channel, ChannelOptions } from "./channel.ts";
import type { CredentialsOptions } from "../credentials.ts";
import { FilterError } from "./filters.ts";
import { identify, type Identity, isToken, RefusedError } from "./identity.ts";
import { asObject, type ClientFrame } from "./protocol.ts";
import type { Topics } from "./topics.ts";

/** What all sockets share. */
export interface Service {
  readonly credentials: CredentialsOptions;
  readonly authorizer: Authorizer;
  readonly changes: Changes;
  readonly topics: Topics;
  /** Whether rows and messages are streamed at the moment. */
  isLive(): boolean;
  /** Whether events are to be held back, as by a service that died without anybody noticing. */
  isSilent(): boolean;
  /** Waits before an error is answered. */
  holdError(): Promise<void>;
}

/** Who opened a socket. */
export interface Opener {
  /** Of the API key. */
  identity: Identity;
  headers: Record<string, string>;
}

/** What a join asks for. */
export function readJoin({ topic, joinRef, payload }: ClientFrame): ChannelOptions {
  const config = asObject(payload.config);
  const { self, ack, replication_ready: wantsReady } = asObject(config.broadcast);
  const { postgres_changes: bindings } = config;
  return {
    topic: nameOf(topic),
    joinRef,
    isPrivate: config.private === true,
    echoes: self === true,
    acknowledges: ack === true,
    wantsPresence: asObject(config.presence).enabled === true,
    wantsReady: wantsReady === true,
    bindings: Array.isArray(bindings) ? bindings.map(asObject) : [],
  };
}

/** The name of a channel, as policies and SQL know it. */
export function nameOf(topic: string): string {
  return topic.replace(/^realtime:/, "");
}

/**
 * The identity a join acts for.
 *
 * @throws {RefusedError} When it may not join.
 * @throws {Error} When Postgres is not reachable.
 */
export async function admit(
  { topic, payload }: ClientFrame,
  options: ChannelOptions,
  { service, opener }: { service: Service; opener: Opener },
): Promise<Identity> {
  if (!topic.startsWith("realtime:")) throw new RefusedError("unmatched topic");
  if (options.topic === "") {
    throw new RefusedError("TopicNameRequired: You must provide a topic name");
  }
  if (!service.isLive()) {
    throw new RefusedError(
      "InitializingProjectConnection: Realtime is initializing the project connection",
    );
  }
  const token = payload.access_token;
  const identity = isToken(token) ? await identify(token, service.credentials) : opener.identity;
  if (options.isPrivate) {
    await requireRead(service, { topic: options.topic, identity, headers: opener.headers });
  }
  return identity;
}

/**
 * Lets a channel act for a new token from now on; no token, an API key and the same token change nothing.
 *
 * @throws {RefusedError} When the token is refused, or the channel is not for its bearer.
 * @throws {Error} When Postgres is not reachable.
 */
export async function refresh(
  channel: Channel,
  token: unknown,
  { service, opener }: { service: Service; opener: Opener },
): Promise<void> {
  if (!isToken(token) || token === channel.identity.token) return;
  const identity = await identify(token, service.credentials);
  const { topic, isPrivate } = channel;
  if (isPrivate) await requireRead(service, { topic, identity, headers: opener.headers });
  channel.identity = identity;
  await watchChanges(channel, service);
}

async function requireRead(
  { authorizer }: Service,
  request: Parameters<Authorizer["canRead"]>[0],
): Promise<void> {
  if (await authorizer.canRead(request)) return;
  throw new RefusedError(
    `Unauthorized: You do not have permissions to read from this Channel topic: ${request.topic}`,
  );
}

/**
 * Starts the `postgres_changes` of a channel that has been told it is joined, and tells it when they
 * are live: what changes in between is missed, as upstream.
 *
 * @throws {Error} When Postgres is not reachable.
 */
export async function watchChanges(channel: Channel, { changes }: Service): Promise<void> {
  const { bindings } = channel.options;
  if (bindings.length === 0) return;
  try {
    await changes.watch(channel, bindings);
  } catch (error) {
    if (!(error instanceof BindingError || error instanceof FilterError)) throw error;
    channel.sendSystem("postgres_changes", "error", error.message);
    return;
  }
  // The channel may have ended meanwhile.
  if (!channel.isOpen) changes.unwatch(channel);
  channel.sendSystem("postgres_changes", "ok", "Subscribed to PostgreSQL");
}
