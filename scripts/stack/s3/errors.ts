/** S3's errors: code, status and message as its API reference gives them, and the XML they travel in. */

const ERRORS = {
  AccessControlListNotSupported: [400, "The bucket does not allow ACLs"],
  AccessDenied: [403, "Access Denied"],
  AccessForbidden: [403, "CORSResponse: This CORS request is not allowed"],
  AuthorizationHeaderMalformed: [400, "The authorization header is malformed"],
  AuthorizationQueryParametersError: [400, "The query string authentication is malformed"],
  BadDigest: [400, "The checksum you specified did not match the calculated checksum"],
  BadRequest: [400, "Insufficient information"],
  ConditionalRequestConflict: [409, "A conflicting conditional operation is in progress"],
  EntityTooLarge: [400, "Your proposed upload exceeds the maximum allowed size"],
  IncompleteBody: [400, "The request body terminated unexpectedly"],
  InternalError: [500, "We encountered an internal error. Please try again."],
  InvalidAccessKeyId: [
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
  ],
  InvalidArgument: [400, "Invalid Argument"],
  InvalidChunkSizeError: [
    403,
    "Only the last chunk is allowed to have a size less than 8192 bytes",
  ],
  InvalidDigest: [400, "The Content-MD5 you specified was invalid"],
  InvalidRange: [416, "The requested range is not satisfiable"],
  InvalidRequest: [400, "Invalid Request"],
  InvalidURI: [400, "Could not parse the specified URI"],
  KeyTooLongError: [400, "Your key is too long"],
  MalformedTrailerError: [400, "The request contained trailing data that was not well-formed"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource"],
  MissingContentLength: [411, "You must provide the Content-Length HTTP header."],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NotImplemented: [501, "A header or query you provided implies functionality not implemented"],
  PreconditionFailed: [
    412,
    "At least one of the pre-conditions you specified did not hold",
  ],
  RequestTimeTooSkewed: [
    403,
    "The difference between the request time and the current time is too large.",
  ],
  RequestTimeout: [
    400,
    "Your socket connection to the server was not read from or written to within the timeout period.",
  ],
  SignatureDoesNotMatch: [
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
  SlowDown: [503, "Please reduce your request rate."],
  XAmzContentSHA256Mismatch: [
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** Codes the stand-in can answer with. */
export type S3ErrorCode = keyof typeof ERRORS;

/** A refusal, answered as S3 words it. */
export class S3Error extends Error {
  override name = "S3Error";
  /** HTTP status; the code's own, unless a fault gives another. */
  status: number;

  /** `details` become elements of the XML beside `Code` and `Message`. */
  constructor(
    readonly code: S3ErrorCode,
    message?: string,
    readonly details: Record<string, string> = {},
  ) {
    super(message ?? ERRORS[code][1]);
    this.status = ERRORS[code][0];
  }
}

/** Whether `code` is one the stand-in knows. */
export function isS3ErrorCode(code: string): code is S3ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** The error document of an answer. */
export function errorXml(
  { code, message, details }: { code: string; message: string; details: Record<string, string> },
  { resource, requestId }: { resource: string; requestId: string },
): string {
  const elements = { Code: code, Message: message, ...details, Resource: resource };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xmlElements(elements)}` +
    `<RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`;
}

/** Elements of text, escaped. */
export function xmlElements(elements: Record<string, string>): string {
  return Object.entries(elements)
    .map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
    .join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
