/** Broadcasts over HTTP: what supabase-js sends with `httpSend`, and with `send` before it has joined. */
import { resolveCaller } from "../credentials.ts";
import { identityOf } from "./identity.ts";
import type { Service } from "./joins.ts";
import { asObject, type Broadcast } from "./protocol.ts";
import type { Topic } from "./topics.ts";

interface Message {
  topic: Topic;
  broadcast: Broadcast;
}

const SINGLE = /\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/**
 * Answers `POST …/api/broadcast` (a batch) and `…/api/broadcast/{topic}/events/{event}`: 202, also
 * for those who may not write, whose messages go nowhere.
 *
 * @throws {CredentialsError} For an unknown key or a refused token.
 */
export async function sendOverHttp(request: Request, service: Service): Promise<Response> {
  const { headers } = request;
  const bearer = headers.get("authorization")?.replace(/^Bearer /i, "") ?? null;
  const caller = await resolveCaller(
    { apikey: headers.get("apikey"), bearer },
    service.credentials,
  );
  const identity = identityOf(caller);
  let messages: Message[];
  try {
    messages = await readMessages(request);
  } catch {
    return Response.json({ error: "Invalid request" }, { status: 422 });
  }
  for (const { topic, broadcast } of messages) {
    const asked = { topic: topic.topic, identity, headers: Object.fromEntries(headers) };
    if (topic.isPrivate && !await service.authorizer.canWrite(asked)) continue;
    service.topics.send(topic, broadcast);
  }
  return new Response(null, { status: 202 });
}

async function readMessages(request: Request): Promise<Message[]> {
  const { pathname, searchParams } = new URL(request.url);
  const [, name, event] = SINGLE.exec(pathname)?.map(decodeURIComponent) ?? [];
  if (name !== undefined && event !== undefined) {
    const isBinary = request.headers.get("content-type") === "application/octet-stream";
    const body = isBinary ? await request.bytes() : JSON.stringify(await request.json());
    const isPrivate = searchParams.get("private") === "true";
    return [{ topic: { topic: name, isPrivate }, broadcast: { event, body, meta: null } }];
  }
  const { messages } = asObject(await request.json());
  if (!Array.isArray(messages)) throw new TypeError("messages must be a list");
  return messages.map((message) => {
    const { topic, event, payload, private: isPrivate } = asObject(message);
    if (typeof topic !== "string" || typeof event !== "string") {
      throw new TypeError("topic and event must be strings");
    }
    return {
      topic: { topic, isPrivate: isPrivate === true },
      broadcast: { event, body: JSON.stringify(payload ?? {}), meta: null },
    };
  });
}
