/** Pictures an answer names by `url`: what an older or compatible endpoint does instead of base64. */
import { randomUUID } from "node:crypto";
import { type Exchange, send } from "../node_server.ts";

type Hosted = { type: string; bytes: Uint8Array } | { redirect: string };

/** Kept; older ones go, as real links expire. */
const CAPACITY = 200;

/** What the stand-in serves at `/pictures/…`, without authorization, like the real links. */
export class HostedPictures {
  readonly #hosted = new Map<string, Hosted>();

  /** Hosts a picture, or a redirect; gives its path. */
  add(hosted: Hosted): string {
    const path = `/pictures/${randomUUID()}`;
    this.#hosted.set(path, hosted);
    const [oldest] = this.#hosted.keys();
    if (this.#hosted.size > CAPACITY && oldest !== undefined) this.#hosted.delete(oldest);
    return path;
  }

  /** Answers a GET of `path`; 404 for one not hosted (any more). */
  async serve(exchange: Exchange, path: string): Promise<void> {
    const hosted = this.#hosted.get(path);
    if (hosted === undefined) return await send(exchange, { status: 404, body: "" });
    if ("redirect" in hosted) {
      return await send(exchange, { status: 302, headers: { location: hosted.redirect } });
    }
    const { type, bytes } = hosted;
    await send(exchange, { status: 200, headers: { "content-type": type }, body: bytes });
  }
}
