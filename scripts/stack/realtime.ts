/**
 * Replaces Supabase Realtime: its websocket as supabase-js 2.119.1 speaks it (vsn 1.0.0 and 2.0.0),
 * `postgres_changes` and broadcasts from the database by logical replication, and private channels by
 * the policies of realtime.messages.
 *
 * Left out: presence (tracking is acknowledged, nobody is ever seen), replay, stored broadcasts
 * (`persist`), `postgres_changes_options.wait` (ignored: SUBSCRIBED comes before the changes are
 * live, as upstream without it), rate and size limits, long polling, the removal of old messages,
 * TRUNCATE events, and the delays of a hosted project (up to 0.5 s between polls, a cold start of some
 * seconds, 5 s before an error is answered unless `errorDelay` says so), and the setting that allows
 * private channels only. Events are matched to filters before a missing key or privilege is reported,
 * not after. A socket is dropped when it stops answering pings, not for want of heartbeats. A socket
 * closed by `dropAll` sees code 1005, not 1006.
 *
 * As upstream, a broadcast from the database may arrive some milliseconds before others can read what
 * its transaction wrote: logical replication streams a commit before it is visible to all.
 */
import { setTimeout as delay } from "node:timers/promises";
import { CredentialsError, type CredentialsOptions, resolveCaller } from "./credentials.ts";
import { Authorizer } from "./realtime/authorize.ts";
import { sendOverHttp } from "./realtime/broadcast_api.ts";
import { Changes } from "./realtime/changes.ts";
import { Connection } from "./realtime/connection.ts";
import { identityOf, RefusedError } from "./realtime/identity.ts";
import type { Service } from "./realtime/joins.ts";
import type { Transaction } from "./realtime/pgoutput.ts";
import type { Version } from "./realtime/protocol.ts";
import { followReplication } from "./realtime/replication.ts";
import { CHANGES_PUBLICATION } from "./realtime/table_shapes.ts";
import { isMessage, Topics } from "./realtime/topics.ts";

/** What a stack's Realtime works on. */
export interface RealtimeOptions {
  /** Superuser URL of the project's database. */
  databaseUrl: string;
  credentials: CredentialsOptions;
  /**
   * Milliseconds before a refused join is answered; 5,000 on a hosted project.
   *
   * @default {0}
   */
  errorDelay?: number;
}

/** A running Realtime. */
export interface Realtime {
  /** Answers `/realtime/v1/websocket` and `POST /realtime/v1/api/broadcast…`. */
  handle(request: Request): Promise<Response>;
  /** Closes every socket; clients reconnect and join again by themselves. */
  dropAll(): void;
  /** Holds events back while on: sockets stay open, heartbeats and joins are answered, nothing is delivered. */
  silence(on: boolean): void;
  /** Refuses new sockets while on; those that are open stay. */
  pause(on: boolean): void;
  /** Open sockets. */
  connections(): number;
  /** Closes sockets and connections; must come before the database is dropped. */
  close(): Promise<void>;
}

const MESSAGES_PUBLICATION = "supabase_realtime_messages_publication";
/** Seconds after which a socket that does not answer a ping is dropped. */
const IDLE_TIMEOUT = 60;

/**
 * Starts Realtime; resolves when changes and messages are streamed.
 *
 * @throws {Error} When Postgres is not reachable or lacks one of the two publications.
 */
export async function startRealtime(options: RealtimeOptions): Promise<Realtime> {
  const { databaseUrl, credentials, errorDelay = 0 } = options;
  const abort = new AbortController();
  const connections = new Set<Connection>();
  let isSilent = false;
  let isPaused = false;

  function rejoinAll(): void {
    changes.reset();
    for (const connection of connections) connection.rejoin();
  }

  function publish(transaction: Transaction): void {
    const rows = transaction.changes.filter((change) => !isMessage(change));
    for (const message of transaction.changes.filter(isMessage)) topics.sendRow(message);
    if (rows.length > 0) changes.publish({ ...transaction, changes: rows });
  }

  const topics = new Topics();
  const changes = new Changes(databaseUrl, rejoinAll);
  const authorizer = new Authorizer(databaseUrl);
  const replication = await followReplication({
    databaseUrl,
    publications: [CHANGES_PUBLICATION, MESSAGES_PUBLICATION],
    onTransaction: publish,
    onRecovered: rejoinAll,
  });
  const service: Service = {
    credentials,
    authorizer,
    changes,
    topics,
    isLive: replication.isLive,
    isSilent: () => isSilent,
    async holdError() {
      if (errorDelay > 0) await delay(errorDelay, null, { signal: abort.signal }).catch(() => null);
    },
  };

  async function open(request: Request): Promise<Response> {
    if (isPaused) return Response.json({ message: "Realtime down" }, { status: 503 });
    const { searchParams } = new URL(request.url);
    const apikey = searchParams.get("apikey") ?? request.headers.get("apikey");
    const caller = await resolveCaller({ apikey, bearer: null }, credentials);
    const opener = { identity: identityOf(caller), headers: Object.fromEntries(request.headers) };
    const version: Version = searchParams.get("vsn") === "2.0.0" ? "2.0.0" : "1.0.0";
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT });
    const connection = new Connection(socket, version, { service, opener });
    connections.add(connection);
    socket.addEventListener("close", () => connections.delete(connection));
    return response;
  }

  function dropAll(): void {
    for (const connection of connections) connection.close();
  }

  return {
    async handle(request) {
      try {
        if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
          return await open(request);
        }
        if (request.method === "POST" && new URL(request.url).pathname.includes("/api/broadcast")) {
          return await sendOverHttp(request, service);
        }
        return Response.json({ message: "Not found" }, { status: 404 });
      } catch (error) {
        if (!(error instanceof CredentialsError || error instanceof RefusedError)) throw error;
        return Response.json({ message: error.message }, { status: 401 });
      }
    },
    dropAll,
    silence: (on) => isSilent = on,
    pause: (on) => isPaused = on,
    connections: () => connections.size,
    async close() {
      isPaused = true;
      abort.abort();
      dropAll();
      await Promise.all([replication.close(), changes.close(), authorizer.close()]);
    },
  };
}
