/** The frames of a Realtime socket: vsn 1.0.0 (JSON objects) and 2.0.0 (JSON arrays, and binary broadcasts). */

/** Version of the protocol, chosen by the client in the URL (`vsn`). */
export type Version = "1.0.0" | "2.0.0";

/** What members of a topic tell one another; kept as text, so that a payload is never parsed to be passed on. */
export interface Broadcast {
  event: string;
  /** JSON text, or bytes of a binary message. */
  body: string | Uint8Array;
  /** JSON text of an object. */
  meta: string | null;
}

/** A message of a client; `broadcast` is set when its event is "broadcast". */
export interface ClientFrame {
  joinRef: string | null;
  ref: string | null;
  topic: string;
  event: string;
  payload: Record<string, unknown>;
  broadcast?: Broadcast;
}

/** A message to a client; `payload` is JSON text. */
export interface ServerFrame {
  joinRef: string | null;
  ref: string | null;
  topic: string;
  event: string;
  payload: string;
}

const CLIENT_BROADCAST = 3;
const SERVER_BROADCAST = 4;
const JSON_BODY = 1;
/** A length field of a binary frame is one byte. */
const MAX_FIELD_BYTES = 255;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a message of a client.
 *
 * @throws {SyntaxError | TypeError} When it is no frame of this version.
 */
export function decodeFrame(data: string | ArrayBuffer, version: Version): ClientFrame {
  return typeof data === "string" ? decodeText(data, version) : decodeBinary(new Uint8Array(data));
}

function decodeText(text: string, version: Version): ClientFrame {
  const parsed = JSON.parse(text);
  const [joinRef, ref, topic, event, payload] = version === "2.0.0"
    ? parsed as unknown[]
    : [parsed.join_ref, parsed.ref, parsed.topic, parsed.event, parsed.payload];
  if (typeof topic !== "string" || typeof event !== "string") {
    throw new SyntaxError("Cannot read a frame: topic and event must be strings");
  }
  const frame: ClientFrame = {
    joinRef: asRef(joinRef),
    ref: asRef(ref),
    topic,
    event,
    payload: isObject(payload) ? payload : {},
  };
  if (event === "broadcast") frame.broadcast = broadcastOf(frame.payload);
  return frame;
}

function broadcastOf(payload: Record<string, unknown>): Broadcast {
  return {
    event: typeof payload.event === "string" ? payload.event : "",
    body: JSON.stringify(payload.payload ?? {}),
    meta: null,
  };
}

/** Layout: kind, lengths of (join ref, ref, topic, event, metadata), encoding, those five fields, body. */
function decodeBinary(bytes: Uint8Array): ClientFrame {
  if (bytes[0] !== CLIENT_BROADCAST) {
    throw new SyntaxError(`Cannot read a binary frame: kind is ${bytes[0]}, want 3`);
  }
  let offset = 7;
  const fields = [...bytes.subarray(1, 6)].map((length) =>
    decoder.decode(bytes.subarray(offset, offset += length))
  );
  const [joinRef = "", ref = "", topic = "", event = ""] = fields;
  const rest = bytes.slice(offset);
  const body = bytes[6] === JSON_BODY ? decoder.decode(rest) : rest;
  if (typeof body === "string") JSON.parse(body);
  const broadcast = { event, body, meta: null };
  return {
    joinRef: joinRef || null,
    ref: ref || null,
    topic,
    event: "broadcast",
    payload: {},
    broadcast,
  };
}

/** Writes a message to a client. */
export function encodeFrame(frame: ServerFrame, version: Version): string {
  const { joinRef, ref, topic, event, payload } = frame;
  const [j, r, t, e] = [joinRef, ref, topic, event].map((field) => JSON.stringify(field));
  return version === "2.0.0"
    ? `[${j},${r},${t},${e},${payload}]`
    : `{"topic":${t},"event":${e},"payload":${payload},"ref":${r},"join_ref":${j}}`;
}

/** Writes a broadcast to the members of a topic; null when this version cannot carry it. */
export function encodeBroadcast(
  topic: string,
  broadcast: Broadcast,
  version: Version,
): string | Uint8Array<ArrayBuffer> | null {
  const { event, body, meta } = broadcast;
  if (version === "2.0.0") {
    const fields = [topic, event, meta ?? ""].map((field) => encoder.encode(field));
    if (fields.every((field) => field.length <= MAX_FIELD_BYTES)) {
      return encodeBinary(fields, body);
    }
  }
  if (typeof body !== "string") return null;
  const payload = `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${body}` +
    `${meta === null ? "" : `,"meta":${meta}`}}`;
  return encodeFrame({ joinRef: null, ref: null, topic, event: "broadcast", payload }, version);
}

/** Layout: kind, lengths of (topic, event, metadata), encoding, those three fields, body. */
function encodeBinary(fields: Uint8Array[], body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const content = typeof body === "string" ? encoder.encode(body) : body;
  const header = [
    SERVER_BROADCAST,
    ...fields.map((field) => field.length),
    typeof body === "string" ? JSON_BODY : 0,
  ];
  const parts = [Uint8Array.from(header), ...fields, content];
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** The object, or an empty one: what an absent or malformed part of a payload counts as. */
export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asRef(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
