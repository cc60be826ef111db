/** Who is on which topic, and the passing on of broadcasts, from clients and from the database, to them. */
import type { Change } from "./pgoutput.ts";
import { type Broadcast, encodeBroadcast, type Version } from "./protocol.ts";

/** One who listens: a channel. */
export interface Member {
  /** Without "realtime:". */
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly version: Version;
  /** Takes an encoded frame. */
  sendEncoded(frame: string | Uint8Array<ArrayBuffer>): void;
}

/** A topic; a private and a public one of the same name are two. */
export type Topic = Pick<Member, "topic" | "isPrivate">;

/** The members of all topics. */
export class Topics {
  readonly #members = new Map<string, Set<Member>>();

  join(member: Member): void {
    const key = keyOf(member);
    const members = this.#members.get(key) ?? new Set();
    this.#members.set(key, members.add(member));
  }

  /** One who is not there is no error. */
  leave(member: Member): void {
    const key = keyOf(member);
    const members = this.#members.get(key);
    members?.delete(member);
    if (members?.size === 0) this.#members.delete(key);
  }

  /** Passes a broadcast on to all members but `except`; each encoding is made once. */
  send(topic: Topic, broadcast: Broadcast, except: Member | null = null): void {
    const frames = new Map<Version, string | Uint8Array<ArrayBuffer> | null>();
    for (const member of this.#members.get(keyOf(topic)) ?? []) {
      if (member === except) continue;
      let frame = frames.get(member.version);
      if (frame === undefined) {
        frame = encodeBroadcast(`realtime:${topic.topic}`, broadcast, member.version);
        frames.set(member.version, frame);
      }
      if (frame !== null) member.sendEncoded(frame);
    }
  }

  /** Passes on a row of realtime.messages that was inserted. */
  sendRow(change: Change): void {
    const row = new Map(change.relation.columns.map(({ name }, i) => [name, change.after?.[i]]));
    const { topic, event, payload, binary_payload: bytes, id } = Object.fromEntries(row);
    if (row.get("extension") !== "broadcast" || typeof topic !== "string") return;
    const body = typeof bytes === "string" ? Uint8Array.fromHex(bytes.slice(2)) : payload ?? "{}";
    const broadcast = { event: event ?? "", body, meta: JSON.stringify({ id }) };
    this.send({ topic, isPrivate: row.get("private") === "t" }, broadcast);
  }
}

/** Whether a change is a new message: the table itself or, as on a hosted project, a partition of it. */
export function isMessage({ type, relation: { schema, table } }: Change): boolean {
  return type === "INSERT" && schema === "realtime" && /^messages(_|$)/.test(table);
}

function keyOf({ topic, isPrivate }: Topic): string {
  return `${isPrivate ? "private" : "public"} ${topic}`;
}
