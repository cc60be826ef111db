/** One `POST /v1/images/generations`: from its body to its answer or its fault, with its entry in the journal. */
import type { FaultQueue } from "../fault_queue.ts";
import { BodyTooLargeError, drop, type Exchange, pause, readBody, send } from "../node_server.ts";
import { answerJson, answerStream, answerStreamError } from "./answer.ts";
import { makeError, OpenAiError } from "./errors.ts";
import { hits, isBilled, kindOf, type OpenAiFault } from "./faults.ts";
import type { HostedPictures } from "./hosted_pictures.ts";
import { describe, finish, type OpenAiJournal, type OpenAiRequest } from "./journal.ts";
import type { ModelCatalogue } from "./models.ts";
import { parseGeneration } from "./parameters.ts";

/** What the requests of one stand-in share. */
export interface GenerationContext {
  journal: OpenAiJournal;
  faults: FaultQueue<OpenAiFault>;
  models: ModelCatalogue;
  pictures: HostedPictures;
  /** Origin of the stand-in. */
  origin: string;
  /** Text that makes a picture larger. */
  drawPadding: () => string;
  /** Draws the latency of one request, in milliseconds. */
  drawLatency: () => number;
  /** @throws {OpenAiError} 401. */
  authorize: (exchange: Exchange) => void;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** A prompt with this in it is always blocked, so that a page can show it without a fault. */
const BLOCKED_PROMPT = "[moderation]";

/** Answers a request. */
export async function serveGeneration(
  exchange: Exchange,
  context: GenerationContext,
): Promise<void> {
  const entry = context.journal.open();
  const started = performance.now();
  try {
    const body = parseBody(await readBody(exchange, MAX_BODY_BYTES));
    describe(entry, body);
    context.authorize(exchange);
    const fault = context.faults.take((candidate) => hits(candidate, entry)) ?? {};
    const { changed } = context.faults;
    if (await strike(exchange, { fault, entry, changed })) {
      await answer(exchange, { body, fault, changed, entry, context });
    }
  } catch (cause) {
    if (!exchange.gone.aborted) await refuse(exchange, { cause, entry, started });
  }
  if (exchange.gone.aborted && (entry.outcome === "in_progress" || entry.outcome === "ok")) {
    finish(entry, { outcome: "aborted" });
  }
}

function parseBody(bytes: Uint8Array): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof body === "object" && body !== null && !Array.isArray(body)) {
      return { ...body };
    }
  } catch {
    // Refused below, as a body of the wrong type is.
  }
  throw makeError({ status: 400, message: "We could not parse the JSON body of your request." });
}

/** Shows a fault that takes the place of an answer; false when the exchange is over by it. */
async function strike(
  exchange: Exchange,
  { fault, entry, changed }: { fault: OpenAiFault; entry: OpenAiRequest; changed: AbortSignal },
): Promise<boolean> {
  const kind = kindOf(fault);
  if (kind !== "status" && kind !== "hang" && kind !== "drop") return true;
  entry.billed = isBilled(fault);
  await pause(fault.after_ms ?? fault.latency_ms ?? 0, [exchange.gone]);
  if (kind === "status") {
    if (exchange.gone.aborted) return false;
    throw errorOf(fault);
  }
  if (kind === "hang") {
    await pause(Infinity, [exchange.gone, changed]);
    finish(entry, { outcome: "hang" });
  } else if (!exchange.gone.aborted) {
    finish(entry, { outcome: "dropped" });
  }
  drop(exchange);
  return false;
}

function errorOf(fault: OpenAiFault): FaultError {
  const { status = 500, code, type, message, param, retry_after: retryAfter } = fault;
  const error = makeError({
    status,
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
    ...(param === undefined ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
  return new FaultError(error, fault.in_stream === true);
}

/** The refusal of a fault; `inStream` sends it as an event to a request that streams. */
class FaultError extends Error {
  constructor(readonly error: OpenAiError, readonly inStream: boolean) {
    super(error.message);
  }
}

async function answer(
  exchange: Exchange,
  { body, fault, changed, entry, context }: {
    body: Record<string, unknown>;
    fault: OpenAiFault;
    changed: AbortSignal;
    entry: OpenAiRequest;
    context: GenerationContext;
  },
): Promise<void> {
  const started = performance.now();
  const generation = parseGeneration(body, context.models);
  if (generation.prompt.includes(BLOCKED_PROMPT)) {
    throw makeError({ status: 400, code: "moderation_blocked" });
  }
  entry.billed = isBilled(fault);
  const latency = fault.after_ms ?? fault.latency_ms ?? context.drawLatency();
  const kind = kindOf(fault);
  await (generation.stream ? answerStream : answerJson)({
    exchange,
    generation,
    fault,
    faultsChanged: changed,
    latency,
    requestId: entry.id,
    padding: context.drawPadding(),
    headers: headersOf(entry, started - latency),
    pictures: context.pictures,
    origin: context.origin,
    onFinish: () => finish(entry, { status: 200, outcome: kind === "none" ? "ok" : kind }),
  });
}

async function refuse(
  exchange: Exchange,
  { cause, entry, started }: { cause: unknown; entry: OpenAiRequest; started: number },
): Promise<void> {
  const tooLarge = cause instanceof BodyTooLargeError;
  const error = tooLarge
    ? makeError({ status: 413, message: "The request body is too large." })
    : cause instanceof FaultError
    ? cause.error
    : cause;
  if (!(error instanceof OpenAiError)) throw cause;
  const headers = headersOf(entry, started);
  const outcome = `${error.status} ${error.code ?? error.type}`;
  if (cause instanceof FaultError && cause.inStream && entry.stream) {
    const onFinish = () => finish(entry, { status: 200, outcome });
    return await answerStreamError({ exchange, headers, onFinish }, error);
  }
  finish(entry, { status: error.status, outcome });
  await send(exchange, {
    status: error.status,
    headers: {
      ...headers,
      "content-type": "application/json",
      ...(error.retryAfter === null ? {} : { "retry-after": String(error.retryAfter) }),
      ...(tooLarge ? { "connection": "close" } : {}),
    },
    body: JSON.stringify(error),
  });
  if (tooLarge) drop(exchange);
}

function headersOf(entry: OpenAiRequest, started: number): Record<string, string> {
  return {
    "x-request-id": entry.id,
    "openai-version": "2020-10-01",
    "openai-processing-ms": String(Math.round(performance.now() - started)),
  };
}
