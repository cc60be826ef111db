/** One client's socket: reads its frames, keeps its channels, answers. */
import { bindingId } from "./bindings.ts";
import { Channel, type Line } from "./channel.ts";
import { type Identity, RefusedError } from "./identity.ts";
import {
  admit,
  nameOf,
  type Opener,
  readJoin,
  refresh,
  type Service,
  watchChanges,
} from "./joins.ts";
import {
  type ClientFrame,
  decodeFrame,
  encodeFrame,
  type ServerFrame,
  type Version,
} from "./protocol.ts";

/** A socket with its channels. */
export class Connection implements Line {
  readonly #socket: WebSocket;
  readonly #opener: Opener;
  readonly #service: Service;
  readonly #channels = new Map<string, Channel>();
  /** The last frame being handled of each topic: the next one waits for it. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(
    socket: WebSocket,
    readonly version: Version,
    { service, opener }: { service: Service; opener: Opener },
  ) {
    this.#socket = socket;
    this.#opener = opener;
    this.#service = service;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.#receive(event.data));
    socket.addEventListener("close", () => this.#endAll(null));
  }

  sendFrame(frame: ServerFrame): void {
    this.#send(encodeFrame(frame, this.version));
  }

  sendEvent(frame: ServerFrame | string | Uint8Array<ArrayBuffer>): void {
    if (this.#service.isSilent()) return;
    const isEncoded = typeof frame === "string" || frame instanceof Uint8Array;
    this.#send(isEncoded ? frame : encodeFrame(frame, this.version));
  }

  drop(channel: Channel): void {
    this.#service.topics.leave(channel);
    this.#service.changes.unwatch(channel);
    if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic);
  }

  /** Makes the client join all its channels again, and so read again what it may have missed. */
  rejoin(): void {
    this.#endAll("phx_error");
  }

  /** Closes the socket without a word to the channels. */
  close(): void {
    this.#endAll(null);
    this.#socket.close();
  }

  #endAll(event: "phx_error" | null): void {
    for (const channel of [...this.#channels.values()]) channel.end(event);
  }

  #send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  #receive(data: string | ArrayBuffer): void {
    let frame: ClientFrame;
    try {
      frame = decodeFrame(data, this.version);
    } catch {
      this.close();
      return;
    }
    const { topic, event } = frame;
    if (topic === "phoenix") {
      if (event === "heartbeat") this.#reply(frame, "ok", {});
      return;
    }
    const handled = (this.#pending.get(topic) ?? Promise.resolve())
      .then(() => event === "phx_join" ? this.#join(frame) : this.#handle(frame))
      .finally(() => {
        if (this.#pending.get(topic) === handled) this.#pending.delete(topic);
      });
    this.#pending.set(topic, handled);
  }

  async #join(frame: ClientFrame): Promise<void> {
    const context = { service: this.#service, opener: this.#opener };
    const options = readJoin(frame);
    let identity: Identity;
    try {
      identity = await admit(frame, options, context);
    } catch (error) {
      await this.#service.holdError();
      const reason = error instanceof RefusedError
        ? error.message
        : "UnableToConnectToProject: Realtime was unable to connect to the project database";
      return this.#reply(frame, "error", { reason });
    }
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // Joining again replaces: the client has given the other join up.
    this.#channels.get(options.topic)?.end("phx_close");
    const channel = new Channel(options, this, identity);
    this.#channels.set(options.topic, channel);
    this.#service.topics.join(channel);
    this.#reply(frame, "ok", {
      postgres_changes: options.bindings.map((binding) => ({ ...binding, id: bindingId(binding) })),
    });
    if (options.wantsPresence) channel.sendPresenceState();
    if (options.wantsReady) {
      channel.sendSystem("system", "ok", "Replication connection established");
    }
    await this.#orRejoin(channel, watchChanges(channel, this.#service));
  }

  async #handle(frame: ClientFrame): Promise<void> {
    const channel = this.#channels.get(nameOf(frame.topic));
    const isMeant = frame.joinRef === null || frame.joinRef === channel?.options.joinRef;
    if (channel === undefined || !isMeant) {
      const isLeave = frame.event === "phx_leave";
      return this.#reply(
        frame,
        isLeave ? "ok" : "error",
        isLeave ? {} : { reason: "unmatched topic" },
      );
    }
    switch (frame.event) {
      case "phx_leave":
        this.#reply(frame, "ok", {});
        return channel.end("phx_close");
      case "access_token": {
        const context = { service: this.#service, opener: this.#opener };
        const { access_token: token } = frame.payload;
        return await this.#orRejoin(channel, refresh(channel, token, context));
      }
      case "broadcast":
        return await this.#orRejoin(channel, this.#broadcast(channel, frame));
      default:
        return this.#reply(frame, "ok", {});
    }
  }

  async #broadcast(channel: Channel, frame: ClientFrame): Promise<void> {
    if (frame.broadcast === undefined) return;
    const { topic, identity, isPrivate, options } = channel;
    const { authorizer, topics } = this.#service;
    if (isPrivate) {
      const { headers } = this.#opener;
      channel.mayWrite ??= await authorizer.canWrite({ topic, identity, headers });
      // As upstream, one who may not write is told nothing, not even that.
      if (!channel.mayWrite) return;
    }
    topics.send(channel, frame.broadcast, options.echoes ? null : channel);
    if (options.acknowledges) this.#reply(frame, "ok", {});
  }

  /** A refusal ends the channel; any other error, such as Postgres being away, makes it join again. */
  async #orRejoin(channel: Channel, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (error instanceof RefusedError) channel.shutDown(error.message);
      else channel.end("phx_error");
    }
  }

  #reply({ joinRef, ref, topic }: ClientFrame, status: "ok" | "error", response: unknown): void {
    const payload = JSON.stringify({ status, response });
    this.sendFrame({ joinRef, ref, topic, event: "phx_reply", payload });
  }
}
