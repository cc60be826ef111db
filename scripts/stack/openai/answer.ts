/** Writes the answer to a valid image request: one JSON document, or a stream of events; broken as a fault asks. */
import { Buffer } from "node:buffer";
import { drop, type Exchange, pause, send, write } from "../node_server.ts";
import { kindOf, type OpenAiFault } from "./faults.ts";
import type { HostedPictures } from "./hosted_pictures.ts";
import type { Generation } from "./parameters.ts";
import { cellOfPartial, drawPicture, usageOf } from "./picture.ts";

/** What an answer is made of. */
export interface AnswerContext {
  exchange: Exchange;
  generation: Generation;
  fault: OpenAiFault;
  /** Aborts at the next change of faults. */
  faultsChanged: AbortSignal;
  /** Names the request, in the answer and in the picture. */
  requestId: string;
  /** Follows the request's name in the picture's comment: what makes it as large as a photograph. */
  padding: string;
  headers: Record<string, string>;
  /** Milliseconds to the whole picture. */
  latency: number;
  pictures: HostedPictures;
  /** Origin of the stand-in, for `url`. */
  origin: string;
  /** Called before the last byte leaves: who has the answer must find it in the journal. */
  onFinish: () => void;
}

const HUGE_BYTES = 128 * 1024 * 1024;
const METADATA_ADDRESS = "http://169.254.169.254/latest/meta-data/";
const EVENT_STREAM = "text/event-stream; charset=utf-8";

/** Answers with one JSON document, once the latency is over. */
export async function answerJson(context: AnswerContext): Promise<void> {
  const { exchange, generation, fault, latency, onFinish } = context;
  const started = performance.now();
  // Drawn within the latency and not after it: pictures that are due together would wait for one another.
  const images = fault.huge === undefined
    ? Array.from({ length: generation.n }, () => imageOf(context))
    : [];
  await pause(Math.max(0, latency - (performance.now() - started)), [exchange.gone]);
  if (exchange.gone.aborted) return;
  const headers = { ...context.headers, "content-type": "application/json" };
  if (fault.huge !== undefined) return await answerHuge(context, headers);
  const body = JSON.stringify({
    created: nowSeconds(),
    ...descriptionOf(generation),
    data: kindOf(fault) === "empty" ? [] : images,
    usage: usageOf(generation),
  });
  onFinish();
  if (fault.malformed) return await send(exchange, { status: 200, headers, body: halfOf(body) });
  if (!fault.break_stream) return await send(exchange, { status: 200, headers, body });
  const length = String(Buffer.byteLength(body));
  exchange.response.writeHead(200, { ...headers, "content-length": length });
  await flush(exchange, halfOf(body));
  drop(exchange);
}

/** Answers with events: the partial images evenly spread over the latency, then the picture. */
export async function answerStream(context: AnswerContext): Promise<void> {
  const { exchange, generation, fault, latency, onFinish } = context;
  const { partialImages: count } = generation;
  for (let index = 0; index < count; index++) {
    await pause(latency / (count + 1), [exchange.gone]);
    await sendEvent(context, "image_generation.partial_image", {
      b64_json: toBase64(drawPicture(generation, {
        comment: `${context.requestId} partial ${index}`,
        cell: cellOfPartial(index, count),
      })),
      partial_image_index: index,
    });
    if (fault.break_stream) break;
  }
  if (!fault.break_stream || count === 0) await pause(latency / (count + 1), [exchange.gone]);
  if (fault.stall_stream) await pause(Infinity, [exchange.gone, context.faultsChanged]);
  if (exchange.gone.aborted) return;
  openStream(context);
  onFinish();
  if (fault.huge !== undefined) {
    await writeHuge(context, 'event: image_generation.completed\ndata: {"b64_json":"', '"}\n\n');
  } else if (fault.break_stream) {
    await flush(exchange, halfOf(completedEvent(context)));
    return drop(exchange);
  } else if (fault.malformed) {
    await write(exchange, `${halfOf(completedEvent(context))}\n\n`);
  } else if (!fault.empty) {
    for (let i = 0; i < generation.n; i++) await write(exchange, completedEvent(context));
  }
  await finishStream(exchange);
}

/** Answers with a stream that holds nothing but an error: how OpenAI fails once it has begun to stream. */
export async function answerStreamError(
  context: Pick<AnswerContext, "exchange" | "headers" | "onFinish">,
  error: unknown,
): Promise<void> {
  openStream(context);
  context.onFinish();
  const data = { type: "error", ...(JSON.parse(JSON.stringify(error)) as object) };
  await write(context.exchange, `event: error\ndata: ${JSON.stringify(data)}\n\n`);
  await finishStream(context.exchange);
}

function completedEvent(context: AnswerContext): string {
  return eventText(context, "image_generation.completed", {
    ...imageOf(context),
    usage: usageOf(context.generation),
  });
}

async function sendEvent(
  context: AnswerContext,
  type: string,
  fields: Record<string, unknown>,
): Promise<void> {
  if (context.exchange.gone.aborted) return;
  openStream(context);
  await write(context.exchange, eventText(context, type, fields));
}

function eventText(
  { generation }: AnswerContext,
  type: string,
  fields: Record<string, unknown>,
): string {
  const data = { type, ...fields, "created_at": nowSeconds(), ...descriptionOf(generation) };
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function openStream({ exchange, headers }: Pick<AnswerContext, "exchange" | "headers">): void {
  if (exchange.response.headersSent) return;
  exchange.response.writeHead(200, { ...headers, "content-type": EVENT_STREAM });
}

async function finishStream({ response, gone }: Exchange): Promise<void> {
  if (gone.aborted) return;
  const closed = new Promise<void>((resolve) => response.once("close", () => resolve()));
  response.end();
  await closed;
}

/** One item of `data`, or the picture of an event. */
function imageOf(context: AnswerContext): { b64_json: string } | { url: string } {
  const { generation, fault, requestId, padding, pictures, origin } = context;
  if (fault.not_an_image) return { b64_json: btoa("This is a text and no image.") };
  if (typeof fault.url === "string") return { url: fault.url };
  if (fault.redirect_private !== undefined) {
    const redirect = fault.redirect_private === true ? METADATA_ADDRESS : fault.redirect_private;
    return { url: origin + pictures.add({ redirect }) };
  }
  const size = fault.wrong_size ? { width: 512, height: 512 } : generation.size;
  const comment = `${requestId}${padding}`;
  const bytes = drawPicture({ ...generation, size }, { comment });
  if (fault.url !== true) return { b64_json: toBase64(bytes) };
  return { url: origin + pictures.add({ type: `image/${generation.outputFormat}`, bytes }) };
}

function descriptionOf(generation: Generation): Record<string, unknown> {
  const { size, quality, outputFormat, background, safetyIdentifier } = generation;
  return {
    size: `${size.width}x${size.height}`,
    quality,
    output_format: outputFormat,
    background,
    ...(safetyIdentifier === null ? {} : { safety_identifier: safetyIdentifier }),
  };
}

async function answerHuge(context: AnswerContext, headers: Record<string, string>): Promise<void> {
  context.onFinish();
  context.exchange.response.writeHead(200, headers);
  await writeHuge(context, `{"created":${nowSeconds()},"data":[{"b64_json":"`, '"}]}');
  await finishStream(context.exchange);
}

async function writeHuge(
  { exchange, fault }: AnswerContext,
  before: string,
  after: string,
): Promise<void> {
  const filler = "A".repeat(64 * 1024);
  let left = fault.huge === true ? HUGE_BYTES : fault.huge ?? 0;
  await write(exchange, before);
  for (; left > 0 && !exchange.gone.aborted; left -= filler.length) {
    await write(exchange, left < filler.length ? filler.slice(0, left) : filler);
  }
  await write(exchange, after);
}

/** Writes, and waits until the bytes left the process: a socket closed earlier would take them along. */
function flush({ response, gone }: Exchange, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve();
    response.once("close", () => resolve());
    response.write(text, () => resolve());
  });
}

function halfOf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
