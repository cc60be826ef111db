/** Verifies AWS Signature Version 4, in the Authorization header and in presigned URLs. */
import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { S3Error } from "./errors.ts";
import { queryValue, type S3Request } from "./request.ts";

/** The one key pair the stand-in knows, its region, and its clock (ms since the epoch). */
export interface SignatureOptions {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  now: () => number;
}

interface Claim {
  accessKeyId: string;
  /** `yyyymmdd/region/s3/aws4_request` */
  scope: string;
  /** `yyyymmddThhmmssZ` */
  date: string;
  signedHeaders: string[];
  signature: string;
  contentSha256: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

/**
 * Verifies who signed a request.
 *
 * Gives what the signer says of the body (the `x-amz-content-sha256` value), or null for an
 * anonymous request.
 *
 * @throws {S3Error} For a signature that is malformed, wrong, expired, or not over the host and
 * every `x-amz-` header.
 */
export function verifySignature(request: S3Request, options: SignatureOptions): string | null {
  const authorization = request.headers.get("authorization");
  const presigned = queryValue(request, "X-Amz-Signature") !== undefined;
  if (authorization === undefined && !presigned) return null;
  if (authorization !== undefined && presigned) {
    throw new S3Error("InvalidArgument", "Only one auth mechanism allowed");
  }
  const claim = authorization === undefined
    ? presignedClaim(request)
    : headerClaim(request, authorization);
  checkCredential(claim, options);
  if (authorization === undefined) checkExpiry(request, claim, options.now());
  else checkSkew(claim, options.now());
  checkSignedHeaders(request, claim);
  const canonical = canonicalRequest(request, claim);
  const toSign = [ALGORITHM, claim.date, claim.scope, sha256(canonical)].join("\n");
  const expected = hmac(signingKey(claim.scope, options.secretAccessKey), toSign);
  const received = Buffer.from(claim.signature, "hex");
  if (received.length !== expected.length || !timingSafeEqual(received, expected)) {
    throw new S3Error("SignatureDoesNotMatch", undefined, {
      StringToSign: toSign,
      CanonicalRequest: canonical,
    });
  }
  return claim.contentSha256;
}

function headerClaim(request: S3Request, authorization: string): Claim {
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw new S3Error("InvalidArgument", "Unsupported Authorization Type");
  }
  const fields = new Map(
    authorization.slice(ALGORITHM.length).split(",").map((field) => {
      const [name = "", ...value] = field.trim().split("=");
      return [name, value.join("=")];
    }),
  );
  const contentSha256 = request.headers.get("x-amz-content-sha256");
  if (contentSha256 === undefined) {
    throw new S3Error(
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    );
  }
  return {
    ...splitCredential(fields.get("Credential") ?? "", "AuthorizationHeaderMalformed"),
    date: request.headers.get("x-amz-date") ?? "",
    signedHeaders: (fields.get("SignedHeaders") ?? "").split(";"),
    signature: fields.get("Signature") ?? "",
    contentSha256,
  };
}

function presignedClaim(request: S3Request): Claim {
  const value = (name: string): string => queryValue(request, name) ?? "";
  if (value("X-Amz-Algorithm") !== ALGORITHM) {
    throw new S3Error("AuthorizationQueryParametersError", `X-Amz-Algorithm must be ${ALGORITHM}`);
  }
  return {
    ...splitCredential(value("X-Amz-Credential"), "AuthorizationQueryParametersError"),
    date: value("X-Amz-Date"),
    signedHeaders: value("X-Amz-SignedHeaders").split(";"),
    signature: value("X-Amz-Signature"),
    contentSha256: queryValue(request, "X-Amz-Content-Sha256") ??
      request.headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
  };
}

function splitCredential(
  credential: string,
  code: "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError",
): { accessKeyId: string; scope: string } {
  const parts = credential.split("/");
  const scope = parts.splice(-4);
  if (parts.length === 0 || scope[2] !== "s3" || scope[3] !== "aws4_request") {
    throw new S3Error(code, `The credential "${credential}" is malformed`);
  }
  return { accessKeyId: parts.join("/"), scope: scope.join("/") };
}

function checkCredential(claim: Claim, { accessKeyId, region }: SignatureOptions): void {
  if (claim.accessKeyId !== accessKeyId) {
    throw new S3Error("InvalidAccessKeyId", undefined, { AWSAccessKeyId: claim.accessKeyId });
  }
  const [day, claimedRegion = ""] = claim.scope.split("/");
  if (claimedRegion !== region) {
    throw new S3Error(
      "AuthorizationHeaderMalformed",
      `The authorization header is malformed; the region '${claimedRegion}' is wrong; expecting '${region}'`,
      { Region: region },
    );
  }
  if (day !== claim.date.slice(0, 8) || Number.isNaN(timeOf(claim.date))) {
    throw new S3Error(
      "AccessDenied",
      "AWS authentication requires a valid x-amz-date, of the day of the credential",
    );
  }
}

function checkSkew(claim: Claim, now: number): void {
  if (Math.abs(timeOf(claim.date) - now) <= MAX_SKEW_MS) return;
  throw new S3Error("RequestTimeTooSkewed", undefined, {
    RequestTime: claim.date,
    ServerTime: new Date(now).toISOString(),
    MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
  });
}

function checkExpiry(request: S3Request, claim: Claim, now: number): void {
  const expires = Number(queryValue(request, "X-Amz-Expires") ?? NaN);
  if (!Number.isInteger(expires) || expires < 1 || expires > MAX_EXPIRES_SECONDS) {
    throw new S3Error(
      "AuthorizationQueryParametersError",
      `X-Amz-Expires must be a number of seconds from 1 to ${MAX_EXPIRES_SECONDS}`,
    );
  }
  const start = timeOf(claim.date);
  if (start > now + MAX_SKEW_MS) throw new S3Error("AccessDenied", "Request is not valid yet");
  const end = start + expires * 1000;
  if (now <= end) return;
  throw new S3Error("AccessDenied", "Request has expired", {
    "X-Amz-Expires": String(expires),
    Expires: new Date(end).toISOString(),
    ServerTime: new Date(now).toISOString(),
  });
}

function checkSignedHeaders(request: S3Request, { signedHeaders }: Claim): void {
  const required = [...request.headers.keys()].filter((name) => name.startsWith("x-amz-"));
  const unsigned = ["host", ...required].filter((name) => !signedHeaders.includes(name));
  if (unsigned.length === 0) return;
  throw new S3Error(
    "AccessDenied",
    "There were headers present in the request which were not signed",
    { HeadersNotSigned: unsigned.join(", ") },
  );
}

function canonicalRequest(request: S3Request, claim: Claim): string {
  const key = [request.bucket, ...(request.path.split("/").length > 2 ? [request.key] : [])];
  const query = request.query
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => a === b ? compare(x, y) : compare(a, b))
    .map(([name, value]) => `${name}=${value}`);
  const headers = claim.signedHeaders.map((name) =>
    `${name}:${(request.headers.get(name) ?? "").trim().replace(/\s+/g, " ")}\n`
  );
  return [
    request.method,
    `/${key.map((part) => encode(part).replaceAll("%2F", "/")).join("/")}`,
    query.join("&"),
    headers.join(""),
    claim.signedHeaders.join(";"),
    claim.contentSha256,
  ].join("\n");
}

function signingKey(scope: string, secret: string): Buffer {
  return scope.split("/").reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** RFC 3986: everything but the unreserved characters, as SigV4 wants it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** By code unit, as the specification sorts: not by locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Milliseconds of `yyyymmddThhmmssZ`; NaN for anything else. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
