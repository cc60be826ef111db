/** Reads a request's JSON body, never more of it than allowed. */
import { AppError } from "./errors.ts";

/**
 * Reads a JSON body of at most `maxBytes`, counted as they arrive, whatever Content-Length says.
 *
 * @throws {AppError} `payload_too_large` over the bound; `invalid_request` for a body that is
 * absent, not UTF-8, not JSON, or broken off.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body, which must not reach a log: no cause.
    throw new AppError("invalid_request", "Cannot read the body: it is not JSON in UTF-8");
  }
}

/**
 * Reads a JSON object that has no other fields than `fields`.
 *
 * @throws {AppError} As `readJson`, and `invalid_request` for another JSON value or field.
 */
export async function readJsonObject<Field extends string>(
  request: Request,
  options: { maxBytes: number; fields: readonly Field[] },
): Promise<Partial<Record<Field, unknown>>> {
  const body = await readJson(request, options.maxBytes);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new AppError("invalid_request", "Cannot read the body: it is not a JSON object");
  }
  const known: readonly string[] = options.fields;
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const wanted = options.fields.map((field) => `"${field}"`).join(", ");
    throw new AppError(
      "invalid_request",
      `Unknown field ${JSON.stringify(unknown.slice(0, 40))}: wanted only ${wanted}`,
    );
  }
  return body;
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  // Saves reading what is announced as too long; an untrue or missing announcement changes nothing.
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new AppError("invalid_request", "Cannot read the body: it broke off", { cause });
    });
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      // Not awaited: a sender may leave a cancellation unanswered.
      reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    "payload_too_large",
    `Cannot read the body: it is longer than ${maxBytes} bytes`,
  );
}
