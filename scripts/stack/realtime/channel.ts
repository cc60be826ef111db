/** A joined channel: its identity, what it listens to, and how it ends. */
import { expiredText, type Identity } from "./identity.ts";
import type { Watcher } from "./change_notices.ts";
import type { ServerFrame, Version } from "./protocol.ts";
import type { Member } from "./topics.ts";

/** The end of the line a channel speaks through: a socket. */
export interface Line {
  readonly version: Version;
  /** Sends a frame of the protocol itself. */
  sendFrame(frame: ServerFrame): void;
  /** Sends an event, unless the service is told to be silent. */
  sendEvent(frame: ServerFrame | string | Uint8Array<ArrayBuffer>): void;
  /** Forgets a channel that has ended. */
  drop(channel: Channel): void;
}

/** What a client asked for when it joined. */
export interface ChannelOptions {
  /** Without "realtime:". */
  topic: string;
  /** The client's name for this join; frames that carry another are not for it. */
  joinRef: string | null;
  isPrivate: boolean;
  /** Whether the client hears its own broadcasts. */
  echoes: boolean;
  /** Whether broadcasts are answered. */
  acknowledges: boolean;
  wantsPresence: boolean;
  /** Whether to be told that messages from the database are streamed. */
  wantsReady: boolean;
  /** The `postgres_changes` bindings as sent. */
  bindings: Record<string, unknown>[];
}

/** setTimeout holds no more. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** A channel of one socket. */
export class Channel implements Watcher, Member {
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly version: Version;
  /** Whether the policies let it send; null: not asked yet with this identity. */
  mayWrite: boolean | null = null;
  #identity: Identity;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #isOpen = true;

  constructor(readonly options: ChannelOptions, readonly line: Line, identity: Identity) {
    this.topic = options.topic;
    this.isPrivate = options.isPrivate;
    this.version = line.version;
    this.#identity = identity;
    this.#watchExpiry();
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** Acts for another identity from now on. */
  set identity(identity: Identity) {
    this.#identity = identity;
    this.mayWrite = null;
    this.#watchExpiry();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  sendChange(ids: number[], data: string): void {
    if (!this.#isOpen) return;
    const payload = `{"ids":${JSON.stringify(ids)},"data":${data}}`;
    this.line.sendEvent(this.#frame("postgres_changes", { joinRef: null, ref: null, payload }));
  }

  sendEncoded(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#isOpen) this.line.sendEvent(frame);
  }

  /** Tells the client how a part of the service does. */
  sendSystem(extension: string, status: "ok" | "error", message: string): void {
    if (!this.#isOpen) return;
    const payload = JSON.stringify({ extension, status, message, channel: this.topic });
    const { joinRef } = this.options;
    this.line.sendFrame(this.#frame("system", { joinRef, ref: null, payload }));
  }

  /** Tells the client who is there: nobody, as presence is not kept. */
  sendPresenceState(): void {
    const { joinRef } = this.options;
    this.line.sendFrame(this.#frame("presence_state", { joinRef, ref: null, payload: "{}" }));
  }

  /** Ends it for good, with the reason: the client does not join again by itself. */
  shutDown(message: string): void {
    this.sendSystem("system", "error", message);
    this.end("phx_close");
  }

  /** Ends it: "phx_error" makes the client join again, "phx_close" does not, null tells it nothing. */
  end(event: "phx_error" | "phx_close" | null): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#expiry);
    this.line.drop(this);
    const { joinRef } = this.options;
    // Clients heed these two only when the ref is that of the join.
    if (event !== null) {
      this.line.sendFrame(this.#frame(event, { joinRef, ref: joinRef, payload: "{}" }));
    }
  }

  #frame(event: string, rest: Pick<ServerFrame, "joinRef" | "ref" | "payload">): ServerFrame {
    return { topic: `realtime:${this.topic}`, event, ...rest };
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry);
    const { expiresAt } = this.#identity;
    if (expiresAt === null || !this.#isOpen) return;
    const rest = expiresAt - Date.now();
    this.#expiry = setTimeout(() => {
      if (rest > MAX_TIMEOUT) this.#watchExpiry();
      else this.shutDown(expiredText(expiresAt));
    }, Math.min(rest, MAX_TIMEOUT));
  }
}
