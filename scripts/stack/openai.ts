/**
 * Stands in for OpenAI's image API: draws a real picture of the size and format asked for, streams it,
 * refuses what OpenAI refuses in OpenAI's words, and can be told to be slow or to fail.
 *
 * Serves `POST /v1/images/generations`, `GET /v1/models`, `GET /v1/models/{id}`, and the pictures it names
 * by `url`. A prompt that contains `[moderation]` is blocked by moderation. A request whose client leaves
 * while the picture is in work counts as billed, as OpenAI bills work begun.
 *
 * Leaves out: every other endpoint, rate limits of its own, GIF and SVG, qualities above `high`,
 * `complexity` (these parameters are refused), any understanding of the prompt, and variety: the pictures
 * of one request (`n`) are all alike, and the same prompt gives the same drawing again.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { FaultQueue } from "./fault_queue.ts";
import { type Exchange, send, startNodeServer } from "./node_server.ts";
import { makeError, OpenAiError } from "./openai/errors.ts";
import { type OpenAiFault, parseOpenAiFaults } from "./openai/faults.ts";
import { type GenerationContext, serveGeneration } from "./openai/generation.ts";
import { HostedPictures } from "./openai/hosted_pictures.ts";
import { OpenAiJournal, type OpenAiRequest } from "./openai/journal.ts";
import { IMAGE_MODELS, type ImageModel, ModelCatalogue, modelJson } from "./openai/models.ts";
import { modelError } from "./openai/parameters.ts";

export type { OpenAiFault } from "./openai/faults.ts";
export type { OpenAiRequest } from "./openai/journal.ts";
export type { ImageModel } from "./openai/models.ts";

/** How to run the stand-in. */
export interface OpenAiOptions {
  /** The one key it takes. */
  apiKey: string;
  /** @default {IMAGE_MODELS} */
  models?: readonly ImageModel[];
  /** @default {"127.0.0.1"} */
  hostname?: string;
  /** 0: any free port. @default {0} */
  port?: number;
}

/** Time to the picture: `ms`, give or take up to `jitter_ms`, evenly. */
export interface Latency {
  ms: number;
  "jitter_ms": number;
}

/** A running stand-in. */
export interface OpenAi {
  /** For `OPENAI_BASE_URL`; ends with `/v1`. */
  url: string;
  latency(): Latency;
  /** @throws {TypeError} For a negative number, or a jitter above the latency. */
  setLatency(latency: { ms: number; jitter_ms?: number }): void;
  /** Bytes a picture has at least; 0: what the drawing takes. */
  pictureBytes(): number;
  /** @throws {TypeError} For a number that is no whole one from 0 to 20,000,000. */
  setPictureBytes(bytes: number): void;
  /** Faults not spent yet. */
  faults(): OpenAiFault[];
  /** Replaces all faults; `[]` clears them. Requests hanging by an old one are dropped. @throws {TypeError} */
  setFaults(faults: OpenAiFault[]): void;
  models(): { available: string[]; retired: string[] };
  /** Retires exactly these models: they answer 404. @throws {TypeError} For an unknown one. */
  setRetiredModels(ids: string[]): void;
  /** Every image request received, oldest first. */
  requests(): OpenAiRequest[];
  clearRequests(): void;
  close(): Promise<void>;
}

const DEFAULT_LATENCY_MS = 800;

/** Starts the stand-in. */
export async function startOpenAi(options: OpenAiOptions): Promise<OpenAi> {
  const journal = new OpenAiJournal();
  const faults = new FaultQueue<OpenAiFault>();
  const models = new ModelCatalogue(options.models ?? IMAGE_MODELS);
  let latency: Latency = { ms: DEFAULT_LATENCY_MS, "jitter_ms": 0 };
  let padding = "";
  const context: GenerationContext = {
    journal,
    faults,
    models,
    pictures: new HostedPictures(),
    origin: "",
    drawPadding: () => padding,
    drawLatency: () => latency.ms + (Math.random() * 2 - 1) * latency.jitter_ms,
    authorize: (exchange) => authorize(exchange, options.apiKey),
  };
  const server = await startNodeServer((exchange) => serve(exchange, context), options);
  context.origin = server.url;
  return {
    url: `${server.url}/v1`,
    latency: () => ({ ...latency }),
    setLatency: (value) => void (latency = checkLatency(value)),
    pictureBytes: () => padding.length,
    setPictureBytes: (bytes) => void (padding = makePadding(bytes)),
    faults: () => faults.list(),
    setFaults: (value) => faults.set(parseOpenAiFaults(value)),
    models: () => ({ available: models.available(), retired: models.retired() }),
    setRetiredModels: (ids) => models.setRetired(ids),
    requests: () => journal.list(),
    clearRequests: () => journal.clear(),
    close: () => server.close(),
  };
}

/** Random letters, which no format compresses away. */
function makePadding(bytes: number): string {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > 20_000_000) {
    throw new TypeError(
      `The bytes of a picture must be a whole number up to 20000000: got ${bytes}`,
    );
  }
  return randomBytes(Math.ceil(bytes * 3 / 4)).toString("base64").slice(0, bytes);
}

function checkLatency({ ms, jitter_ms: jitter = 0 }: { ms: number; jitter_ms?: number }): Latency {
  const fine = [ms, jitter].every((value) => Number.isFinite(value) && value >= 0) && jitter <= ms;
  if (fine) return { ms, "jitter_ms": jitter };
  throw new TypeError(
    `Latency must be {"ms": 0 or more, "jitter_ms": 0 to ms}: got ${
      JSON.stringify({ ms, jitter_ms: jitter })
    }`,
  );
}

async function serve(exchange: Exchange, context: GenerationContext): Promise<void> {
  const { method = "GET", url = "/" } = exchange.request;
  const [path = "/"] = url.split("?");
  if (path === "/v1/images/generations" && method === "POST") {
    return await serveGeneration(exchange, context);
  }
  exchange.request.resume();
  if (path.startsWith("/pictures/") && method === "GET") {
    return await context.pictures.serve(exchange, path);
  }
  try {
    context.authorize(exchange);
    const body = JSON.stringify(lookUp(method, path, context.models));
    await send(exchange, { status: 200, headers: { "content-type": "application/json" }, body });
  } catch (error) {
    if (!(error instanceof OpenAiError)) throw error;
    const headers = { "content-type": "application/json" };
    await send(exchange, { status: error.status, headers, body: JSON.stringify(error) });
  }
}

function lookUp(method: string, path: string, models: ModelCatalogue): unknown {
  if (method === "GET" && path === "/v1/models") {
    const available = models.available();
    const data = models.known.filter(({ id }) => available.includes(id)).map(modelJson);
    return { object: "list", data };
  }
  if (method === "GET" && path.startsWith("/v1/models/")) {
    const id = decodeURIComponent(path.slice("/v1/models/".length));
    const found = models.find(id);
    if (found === null || found === "retired") throw modelError(id, found);
    return modelJson(found);
  }
  throw new OpenAiError(`Invalid URL (${method} ${path})`, { status: 404 });
}

function authorize({ request }: Exchange, apiKey: string): void {
  const [scheme, key = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme !== "Bearer" || key === "") {
    throw new OpenAiError(
      "You didn't provide an API key. You need to provide your API key in an Authorization header " +
        "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      { status: 401 },
    );
  }
  const [given, known] = [key, apiKey].map((text) => new TextEncoder().encode(text));
  if (given?.length !== known?.length || !timingSafeEqual(given!, known!)) {
    throw makeError({ status: 401, code: "invalid_api_key" });
  }
}
