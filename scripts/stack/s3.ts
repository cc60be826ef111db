/**
 * Stands in for Amazon S3: one bucket, path-style, objects (those its policy names) readable by everybody and writable by one key pair.
 *
 * Verifies what S3 verifies: SigV4 in headers and presigned URLs, clock skew and expiry, the SHA-256, MD5,
 * CRC32, SHA-1 and SHA-256 of bodies, aws-chunked framing with trailers, `If-None-Match: *` after the body
 * is read. As on AWS, a bucket has no ACLs, and an anonymous GET of a missing key is 403, not 404.
 *
 * Leaves out, and refuses with 501: multipart and copy, versions, tags, encryption settings, signed chunks
 * (`STREAMING-AWS4-HMAC-SHA256-…`), CRC32C and CRC64NVME, response overrides, delimiters in lists,
 * DeleteObjects, making buckets. Leaves out, and ignores: date conditions of a GET, several ranges in one.
 * An address with the bucket in its host name is not understood.
 */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { join } from "@std/path";
import { FaultQueue } from "./fault_queue.ts";
import {
  BodyTooLargeError,
  drop,
  type Exchange,
  pause,
  readBody,
  send,
  startNodeServer,
} from "./node_server.ts";
import { answerPreflight, corsHeaders } from "./s3/cors.ts";
import { errorXml, S3Error } from "./s3/errors.ts";
import {
  errorOf,
  hits,
  parseS3Faults,
  type S3Fault,
  type S3Faults,
  type S3Mode,
} from "./s3/faults.ts";
import { S3Journal, type S3JournalEntry } from "./s3/journal.ts";
import { ObjectStore } from "./s3/objects.ts";
import { type OperationResult, perform } from "./s3/operations.ts";
import { parseRequest, type S3Request } from "./s3/request.ts";
import { verifySignature } from "./s3/signature.ts";

export type { S3Fault, S3Faults, S3Mode } from "./s3/faults.ts";
export type { S3JournalEntry } from "./s3/journal.ts";

/** How to run the stand-in. */
export interface S3Options {
  /** Where objects are kept, and found again after a restart. */
  directory: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Prefixes of the keys that anybody may read, as a bucket's policy has them. @default every key */
  publicPrefixes?: readonly string[];
  /** @default {"127.0.0.1"} */
  hostname?: string;
  /** 0: any free port. @default {0} */
  port?: number;
  /** Milliseconds since the epoch, for signatures. @default {Date.now} */
  now?: () => number;
}

/** A running stand-in. */
export interface S3 {
  /** For `AWS_ENDPOINT_URL_S3`. */
  url: string;
  /** Takes what {@linkcode parseS3Faults} takes, and throws its TypeError. */
  setFaults(faults: S3Faults): void;
  /** What was set, less what is spent. */
  faults(): S3Faults;
  journal(): S3JournalEntry[];
  clearJournal(): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Starts the stand-in. */
export async function startS3(options: S3Options): Promise<S3> {
  const objects = await ObjectStore.open(join(options.directory, options.bucket));
  const service = new Service(options, objects);
  const server = await startNodeServer((exchange) => service.serve(exchange), options);
  return {
    url: server.url,
    setFaults(value) {
      const faults = parseS3Faults(value);
      server.refuse(faults === "down");
      service.setFaults(faults);
    },
    faults: () => service.faults(),
    journal: () => service.journal.list(),
    clearJournal: () => service.journal.clear(),
    close: () => server.close(),
  };
}

class Service {
  readonly journal = new S3Journal();
  readonly #queue = new FaultQueue<S3Fault>();
  readonly #now: () => number;
  #mode: S3Mode = "ok";

  constructor(readonly options: S3Options, readonly objects: ObjectStore) {
    this.#now = options.now ?? Date.now;
  }

  setFaults(faults: S3Faults): void {
    this.#mode = Array.isArray(faults) ? "ok" : faults;
    this.#queue.set(Array.isArray(faults) ? faults : []);
  }

  faults(): S3Faults {
    const left = this.#queue.list();
    return left.length > 0 ? left : this.#mode;
  }

  async serve(exchange: Exchange): Promise<void> {
    const entry = this.journal.open(exchange.request.method ?? "");
    let request: S3Request | null = null;
    try {
      const body = await readBody(exchange, MAX_BODY_BYTES);
      request = parseRequest(exchange.request);
      entry.key = request.key;
      const fault = await this.#strike(exchange, request, entry);
      if (fault === null) return;
      const result = await this.#answer(request, body, entry);
      if (fault.lose_answer === true) {
        entry.outcome = "lost";
        drop(exchange);
      } else {
        await this.#send(exchange, { ...result, entry, outcome: "ok" });
      }
    } catch (cause) {
      if (exchange.gone.aborted) entry.outcome = "aborted";
      else await this.#refuse(exchange, { cause, request, entry });
    }
  }

  /** Shows the fault that is due: throws its refusal, or gives null when the exchange is over by it. */
  async #strike(
    exchange: Exchange,
    request: S3Request,
    entry: S3JournalEntry,
  ): Promise<S3Fault | null> {
    for (;;) {
      const changed = this.#queue.changed;
      const fault = this.#dueFault(request);
      if (fault.delay_ms !== undefined) await pause(fault.delay_ms, [exchange.gone]);
      if (fault.drop === true) {
        entry.outcome = "dropped";
        drop(exchange);
        return null;
      }
      if (fault.status !== undefined) throw errorOf(fault);
      if (fault.hang !== true) return fault;
      entry.outcome = "hang";
      await pause(Infinity, [exchange.gone, changed]);
      if (exchange.gone.aborted) return null;
    }
  }

  #dueFault(request: S3Request): S3Fault {
    if (this.#mode === "hang") return { hang: true };
    if (this.#mode === "down") return { drop: true };
    return this.#queue.take((fault) => hits(fault, request)) ?? {};
  }

  async #answer(
    request: S3Request,
    body: Uint8Array,
    entry: S3JournalEntry,
  ): Promise<OperationResult> {
    if (request.method === "OPTIONS") return answerPreflight(request);
    const { bucket, region, publicPrefixes } = this.options;
    const contentSha256 = verifySignature(request, { ...this.options, now: this.#now });
    entry.anonymous = contentSha256 === null;
    if (request.bucket !== bucket && request.bucket !== "") {
      throw new S3Error("NoSuchBucket", undefined, { BucketName: request.bucket });
    }
    const context = {
      objects: this.objects,
      region,
      now: this.#now,
      contentSha256,
      publicPrefixes,
      body,
    };
    const result = await perform(request, context);
    return { ...result, headers: { ...result.headers, ...corsHeaders(request) } };
  }

  async #refuse(
    exchange: Exchange,
    { cause, request, entry }: { cause: unknown; request: S3Request | null; entry: S3JournalEntry },
  ): Promise<void> {
    const tooLarge = cause instanceof BodyTooLargeError;
    const error = tooLarge ? new S3Error("EntityTooLarge") : cause;
    if (!(error instanceof S3Error)) throw cause;
    const headers = {
      "content-type": "application/xml",
      ...(request === null ? {} : corsHeaders(request)),
      ...(tooLarge ? { "connection": "close" } : {}),
    };
    const body = errorXml(error, { resource: request?.path ?? "/", requestId: randomUUID() });
    const { status, code: outcome } = error;
    await this.#send(exchange, { status, headers, body, entry, outcome });
    if (tooLarge) drop(exchange);
  }

  async #send(
    exchange: Exchange,
    { status, headers, body, entry, outcome }: OperationResult & {
      entry: S3JournalEntry;
      outcome: string;
    },
  ): Promise<void> {
    // Before the last byte leaves: who has the answer must find it in the journal.
    Object.assign(entry, { status, outcome });
    const bodiless = status === 204 || status === 304;
    const length = bodiless ? {} : { "content-length": String(Buffer.byteLength(body ?? "")) };
    await send(exchange, {
      status,
      headers: { ...length, ...headers, "x-amz-request-id": randomUUID(), "server": "AmazonS3" },
      ...(bodiless || body === undefined || exchange.request.method === "HEAD" ? {} : { body }),
    });
    if (exchange.gone.aborted) entry.outcome = "aborted";
  }
}
