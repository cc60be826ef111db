/** Objects on disk: one file each, head and body together, so that a put is one atomic link or rename. */
import { createHash, randomUUID } from "node:crypto";
import { join } from "@std/path";

/** Everything of an object but its body. */
export interface ObjectHead {
  key: string;
  size: number;
  /** Quoted MD5 of the body. */
  etag: string;
  /** ISO 8601 */
  lastModified: string;
  /** Content-Type, Cache-Control and the like, by lower-case name. */
  headers: Record<string, string>;
  /** `x-amz-meta-…`, without that prefix. */
  metadata: Record<string, string>;
  /** By header name. */
  checksums: Record<string, string>;
}

/** Bytes of the length that leads a file, before the JSON head and the body. */
const LENGTH_BYTES = 4;

/** The objects of one bucket. Survives a restart; one process a directory. */
export class ObjectStore {
  readonly #objects: string;
  readonly #incoming: string;

  private constructor(directory: string) {
    this.#objects = join(directory, "objects");
    this.#incoming = join(directory, "incoming");
  }

  /** Opens the store under `directory`, which is made when missing; half-written puts of a killed process go. */
  static async open(directory: string): Promise<ObjectStore> {
    const store = new ObjectStore(directory);
    await Deno.mkdir(store.#objects, { recursive: true });
    await Deno.remove(store.#incoming, { recursive: true }).catch(ignoreMissing);
    await Deno.mkdir(store.#incoming, { recursive: true });
    return store;
  }

  /** Stores an object. False, and nothing is changed, when `onlyIfAbsent` and the key is taken. */
  async put(
    head: ObjectHead,
    body: Uint8Array,
    { onlyIfAbsent }: { onlyIfAbsent: boolean },
  ): Promise<boolean> {
    const json = new TextEncoder().encode(JSON.stringify(head));
    const file = new Uint8Array(LENGTH_BYTES + json.length + body.length);
    new DataView(file.buffer).setUint32(0, json.length);
    file.set(json, LENGTH_BYTES);
    file.set(body, LENGTH_BYTES + json.length);
    const temporary = join(this.#incoming, randomUUID());
    await Deno.writeFile(temporary, file);
    if (!onlyIfAbsent) {
      await Deno.rename(temporary, this.#pathOf(head.key));
      return true;
    }
    try {
      // A link fails on a taken name, atomically: of two racing puts one wins.
      await Deno.link(temporary, this.#pathOf(head.key));
      return true;
    } catch (cause) {
      if (cause instanceof Deno.errors.AlreadyExists) return false;
      throw cause;
    } finally {
      await Deno.remove(temporary);
    }
  }

  /** The object of `key`, or null. */
  async get(key: string): Promise<{ head: ObjectHead; body: Uint8Array } | null> {
    try {
      return parse(await Deno.readFile(this.#pathOf(key)));
    } catch (cause) {
      return ignoreMissing(cause);
    }
  }

  /** Removes the object of `key`, if there is one. */
  async delete(key: string): Promise<void> {
    await Deno.remove(this.#pathOf(key)).catch(ignoreMissing);
  }

  /** The heads of all objects whose key starts with `prefix`, by key in the order of UTF-16 code units. */
  async list(prefix: string): Promise<ObjectHead[]> {
    const heads: ObjectHead[] = [];
    for await (const { name } of Deno.readDir(this.#objects)) {
      const head = await readHead(join(this.#objects, name)).catch(ignoreMissing);
      if (head?.key.startsWith(prefix)) heads.push(head);
    }
    return heads.sort((a, b) => a.key < b.key ? -1 : 1);
  }

  /** A hash, as a key may hold any character and be longer than a file name. */
  #pathOf(key: string): string {
    return join(this.#objects, createHash("sha256").update(key).digest("hex"));
  }
}

function parse(file: Uint8Array): { head: ObjectHead; body: Uint8Array } {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0);
  const json = new TextDecoder().decode(file.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  return { head: JSON.parse(json), body: file.subarray(LENGTH_BYTES + length) };
}

/** The head alone: a list must not read every picture. */
async function readHead(path: string): Promise<ObjectHead> {
  using file = await Deno.open(path);
  const length = new Uint8Array(LENGTH_BYTES);
  await file.read(length);
  const json = new Uint8Array(new DataView(length.buffer).getUint32(0));
  for (let offset = 0; offset < json.length;) {
    offset += await file.read(json.subarray(offset)) ?? json.length;
  }
  return JSON.parse(new TextDecoder().decode(json));
}

function ignoreMissing(cause: unknown): null {
  if (cause instanceof Deno.errors.NotFound) return null;
  throw cause;
}
