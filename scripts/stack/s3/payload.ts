/** Verifies the body of an upload: its SHA-256, MD5 and checksums; unframes `aws-chunked` bodies. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { S3Error } from "./errors.ts";
import { parameter, type S3Request } from "./request.ts";

/** A body that is what its sender says. */
export interface Payload {
  body: Uint8Array;
  /** By header name, `x-amz-checksum-crc32`; what a later GET or HEAD may give back. */
  checksums: Record<string, string>;
}

const CHECKSUMS: Record<string, (body: Uint8Array) => string> = {
  "x-amz-checksum-crc32": (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString("base64");
  },
  "x-amz-checksum-sha1": (body) => createHash("sha1").update(body).digest("base64"),
  "x-amz-checksum-sha256": (body) => createHash("sha256").update(body).digest("base64"),
};
/** What one checksum header may be named; those missing above are left out of the stand-in. */
const CHECKSUM_NAME = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;
const MIN_CHUNK_BYTES = 8192;

/**
 * Checks `received` against every digest the request carries.
 *
 * @param contentSha256 What the signature covers, see `verifySignature`.
 * @throws {S3Error} For a body that differs from a digest, or is framed wrongly.
 */
export function verifyPayload(
  request: S3Request,
  received: Uint8Array,
  contentSha256: string,
): Payload {
  const chunked = contentSha256 === "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  if (!chunked) checkSha256(received, contentSha256);
  if (!chunked && !request.headers.has("content-length")) throw new S3Error("MissingContentLength");
  const { body, trailers } = chunked ? unframe(request, received) : {
    body: received,
    trailers: new Map<string, string>(),
  };
  const md5 = request.headers.get("content-md5");
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) {
    throw Buffer.from(md5, "base64").length === 16
      ? new S3Error("BadDigest")
      : new S3Error("InvalidDigest");
  }
  return { body, checksums: verifyChecksums(request, body, trailers) };
}

function checkSha256(received: Uint8Array, contentSha256: string): void {
  if (contentSha256 === "UNSIGNED-PAYLOAD") return;
  if (contentSha256.startsWith("STREAMING-")) {
    throw new S3Error(
      "NotImplemented",
      `x-amz-content-sha256 "${contentSha256}" is not implemented`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(contentSha256)) {
    throw new S3Error(
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, or a valid sha256 value.",
    );
  }
  const computed = createHash("sha256").update(received).digest("hex");
  if (computed === contentSha256) return;
  throw new S3Error("XAmzContentSHA256Mismatch", undefined, {
    ClientComputedContentSHA256: contentSha256,
    S3ComputedContentSHA256: computed,
  });
}

function verifyChecksums(
  request: S3Request,
  body: Uint8Array,
  trailers: Map<string, string>,
): Record<string, string> {
  const claimed = new Map(trailers);
  for (const name of [...request.headers.keys(), ...request.query.map(([name]) => name)]) {
    if (CHECKSUM_NAME.test(name)) claimed.set(name, parameter(request, name) ?? "");
  }
  if (claimed.size === 0 && parameter(request, "x-amz-sdk-checksum-algorithm") !== undefined) {
    throw new S3Error(
      "InvalidRequest",
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  for (const [name, value] of claimed) {
    const compute = CHECKSUMS[name];
    if (compute === undefined) throw new S3Error("NotImplemented", `${name} is not implemented`);
    const computed = compute(body);
    if (computed === value) continue;
    if (Buffer.from(value, "base64").length !== Buffer.from(computed, "base64").length) {
      throw new S3Error("InvalidRequest", `Value for ${name} header is invalid.`);
    }
    const algorithm = name.slice("x-amz-checksum-".length).toUpperCase();
    throw new S3Error(
      "BadDigest",
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return Object.fromEntries(claimed);
}

/** Undoes `aws-chunked`: `<hex size>\r\n<data>\r\n` repeated, a zero chunk, then the announced trailers. */
function unframe(
  request: S3Request,
  received: Uint8Array,
): { body: Uint8Array; trailers: Map<string, string> } {
  const framed = Buffer.from(received.buffer, received.byteOffset, received.byteLength);
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const line = (): string => {
    const end = framed.indexOf("\r\n", offset);
    if (end < 0) throw new S3Error("IncompleteBody");
    const text = framed.toString("latin1", offset, end);
    offset = end + 2;
    return text;
  };
  for (let smallest = Infinity;;) {
    const size = line();
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new S3Error("IncompleteBody");
    const length = parseInt(size, 16);
    if (length === 0) break;
    if (smallest < MIN_CHUNK_BYTES) throw new S3Error("InvalidChunkSizeError");
    smallest = length;
    if (offset + length > framed.length) throw new S3Error("IncompleteBody");
    chunks.push(framed.subarray(offset, offset + length));
    offset += length;
    if (line() !== "") throw new S3Error("IncompleteBody");
  }
  const trailers = new Map<string, string>();
  for (let text = line(); text !== ""; text = line()) {
    const [name = "", value = ""] = text.split(/:(.*)/s);
    trailers.set(name.trim().toLowerCase(), value.trim());
  }
  const announced = parameter(request, "x-amz-trailer")?.toLowerCase();
  if ([...trailers.keys()].join(",") !== (announced ?? "")) {
    throw new S3Error("MalformedTrailerError");
  }
  const body = new Uint8Array(Buffer.concat(chunks));
  const decoded = parameter(request, "x-amz-decoded-content-length");
  if (decoded === undefined) throw new S3Error("MissingContentLength");
  if (Number(decoded) !== body.length) throw new S3Error("IncompleteBody");
  return { body, trailers };
}
