/** S3's operations on objects and their bucket: PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2, HeadBucket. */
import { createHash } from "node:crypto";
import { S3Error, xmlElements } from "./errors.ts";
import type { ObjectHead, ObjectStore } from "./objects.ts";
import { verifyPayload } from "./payload.ts";
import { isPublic } from "./public_read.ts";
import { parameter, queryValue, type S3Request, userMetadata } from "./request.ts";

/** What an operation works on. */
export interface OperationContext {
  objects: ObjectStore;
  region: string;
  now: () => number;
  /** The signer's word on the body; null for an anonymous caller, who may only read objects. */
  contentSha256: string | null;
  /** Prefixes of the keys that anybody may read. @default every key */
  publicPrefixes?: readonly string[] | undefined;
  /** As received. */
  body: Uint8Array;
}

/** An answer, headers in lower case. */
export interface OperationResult {
  status: number;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

type Operation = (request: S3Request, context: OperationContext) => Promise<OperationResult>;

const STORED_HEADERS = ["content-type", "cache-control", "content-disposition", "content-language"];
/** Query parameters that do not change what is asked for. */
const NEUTRAL_QUERY = /^x-(id|amz-.*)$/i;
const LIST_QUERY = /^(list-type|prefix|max-keys|start-after|continuation-token|fetch-owner)$/;
/** `x-amz-` headers that are heeded, or change nothing; any other would be ignored, and is refused. */
const KNOWN_HEADER =
  /^x-amz-(date|content-sha256|user-agent|acl|copy-source|trailer|decoded-content-length|sdk-checksum-algorithm|meta-.+|checksum-.+)$/;
const MAX_KEYS = 1000;

/**
 * Performs what a verified request asks for.
 *
 * @throws {S3Error} For a refusal, and for what the stand-in leaves out (`NotImplemented`).
 */
export async function perform(
  request: S3Request,
  context: OperationContext,
): Promise<OperationResult> {
  const { operation, anonymous } = operationOf(request);
  if (context.contentSha256 === null && !anonymous) throw new S3Error("AccessDenied");
  for (const [name] of request.query) {
    if (NEUTRAL_QUERY.test(name) || (operation === listObjects && LIST_QUERY.test(name))) continue;
    throw new S3Error("NotImplemented", `The query parameter "${name}" is not implemented`);
  }
  for (const name of request.headers.keys()) {
    if (!name.startsWith("x-amz-") || KNOWN_HEADER.test(name)) continue;
    throw new S3Error("NotImplemented", `The header "${name}" is not implemented`);
  }
  return await operation(request, context);
}

function operationOf(request: S3Request): { operation: Operation; anonymous: boolean } {
  if (request.bucket === "") {
    throw new S3Error(
      "NotImplemented",
      "Only operations on a bucket and its objects are implemented",
    );
  }
  switch (`${request.method} ${request.key === "" ? "bucket" : "object"}`) {
    case "GET object":
    case "HEAD object":
      return { operation: getObject, anonymous: true };
    case "PUT object":
      return { operation: putObject, anonymous: false };
    case "DELETE object":
      return { operation: deleteObject, anonymous: false };
    case "GET bucket":
      return { operation: listObjects, anonymous: false };
    case "HEAD bucket":
      return { operation: headBucket, anonymous: false };
    case "POST object":
    case "POST bucket":
    case "PUT bucket":
    case "DELETE bucket":
      throw new S3Error("NotImplemented", `"${request.method}" is not implemented`);
    default:
      throw new S3Error("MethodNotAllowed");
  }
}

async function putObject(request: S3Request, context: OperationContext): Promise<OperationResult> {
  const { objects, now, contentSha256, body: received } = context;
  const acl = parameter(request, "x-amz-acl");
  if (acl !== undefined && acl !== "bucket-owner-full-control") {
    throw new S3Error("AccessControlListNotSupported");
  }
  if (parameter(request, "x-amz-copy-source") !== undefined) {
    throw new S3Error("NotImplemented", "CopyObject is not implemented");
  }
  const condition = request.headers.get("if-none-match");
  if (request.headers.has("if-match") || (condition !== undefined && condition !== "*")) {
    throw new S3Error("NotImplemented", 'A put is conditional by "If-None-Match: *" alone');
  }
  const { body, checksums } = verifyPayload(request, received, contentSha256 ?? "");
  const head: ObjectHead = {
    key: request.key,
    size: body.length,
    etag: `"${createHash("md5").update(body).digest("hex")}"`,
    lastModified: new Date(now()).toISOString(),
    headers: { "content-type": "binary/octet-stream", ...storedHeaders(request) },
    metadata: userMetadata(request),
    checksums,
  };
  if (!await objects.put(head, body, { onlyIfAbsent: condition === "*" })) {
    throw new S3Error("PreconditionFailed", undefined, { Condition: "If-None-Match" });
  }
  return { status: 200, headers: { etag: head.etag, ...checksums } };
}

function storedHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== undefined) headers[name] = value;
  }
  const encoding = (request.headers.get("content-encoding") ?? "").split(",")
    .map((part) => part.trim()).filter((part) => part !== "" && part !== "aws-chunked").join(",");
  if (encoding !== "") headers["content-encoding"] = encoding;
  return headers;
}

async function getObject(request: S3Request, context: OperationContext): Promise<OperationResult> {
  if (context.contentSha256 === null && !isPublic(request.key, context.publicPrefixes)) {
    throw new S3Error("AccessDenied");
  }
  const object = await context.objects.get(request.key);
  if (object === null) {
    // S3 hides whether a key exists from who may not list the bucket.
    if (context.contentSha256 === null) throw new S3Error("AccessDenied");
    throw new S3Error("NoSuchKey", undefined, { Key: request.key });
  }
  const { head, body } = object;
  const headers: Record<string, string> = {
    ...head.headers,
    "accept-ranges": "bytes",
    "etag": head.etag,
    "last-modified": new Date(head.lastModified).toUTCString(),
  };
  for (const [name, value] of Object.entries(head.metadata)) headers[`x-amz-meta-${name}`] = value;
  const match = request.headers.get("if-match");
  if (match !== undefined && !namesEtag(match, head.etag)) {
    throw new S3Error("PreconditionFailed", undefined, { Condition: "If-Match" });
  }
  const noneMatch = request.headers.get("if-none-match");
  if (noneMatch !== undefined && namesEtag(noneMatch, head.etag)) return { status: 304, headers };
  const range = rangeOf(request.headers.get("range"), head.size);
  if (range === null) {
    if (parameter(request, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED") {
      Object.assign(headers, head.checksums);
    }
    return { status: 200, headers, body };
  }
  headers["content-range"] = `bytes ${range.start}-${range.end}/${head.size}`;
  return { status: 206, headers, body: body.subarray(range.start, range.end + 1) };
}

function namesEtag(list: string, etag: string): boolean {
  return list.split(",").some((item) => item.trim() === "*" || item.trim() === etag);
}

/** The bytes a Range header asks for, both ends included; null for the whole (no, several or foreign ranges). */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  const [, first = "", last = ""] = parts ?? [];
  if (first === "" && last === "") return null;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < start) return null;
  if (start > end) {
    throw new S3Error("InvalidRange", undefined, { ActualObjectSize: String(size) });
  }
  return { start, end };
}

async function deleteObject(
  request: S3Request,
  { objects }: OperationContext,
): Promise<OperationResult> {
  await objects.delete(request.key);
  return { status: 204, headers: {} };
}

async function listObjects(
  request: S3Request,
  { objects }: OperationContext,
): Promise<OperationResult> {
  if (queryValue(request, "list-type") !== "2") {
    throw new S3Error("NotImplemented", "Only ListObjectsV2 is implemented");
  }
  const prefix = queryValue(request, "prefix") ?? "";
  const limit = Math.min(Number(queryValue(request, "max-keys") ?? MAX_KEYS), MAX_KEYS);
  if (!Number.isInteger(limit) || limit < 0) throw new S3Error("InvalidArgument");
  const after = queryValue(request, "continuation-token") ?? queryValue(request, "start-after") ??
    "";
  const found = (await objects.list(prefix)).filter(({ key }) => key > after);
  const page = found.slice(0, limit);
  const truncated = found.length > page.length && page.length > 0;
  const last = page.at(-1)?.key ?? "";
  const body = '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    xmlElements({
      Name: request.bucket,
      Prefix: prefix,
      KeyCount: String(page.length),
      MaxKeys: String(limit),
      IsTruncated: String(truncated),
      ...(truncated ? { NextContinuationToken: last } : {}),
    }) +
    page.map(({ key, lastModified, etag, size }) =>
      `<Contents>${
        xmlElements({
          Key: key,
          LastModified: lastModified,
          ETag: etag,
          Size: String(size),
          StorageClass: "STANDARD",
        })
      }</Contents>`
    ).join("") + "</ListBucketResult>";
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

function headBucket(_request: S3Request, { region }: OperationContext): Promise<OperationResult> {
  return Promise.resolve({ status: 200, headers: { "x-amz-bucket-region": region } });
}
