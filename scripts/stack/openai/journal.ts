/** Every image request the OpenAI stand-in received. */
import { randomUUID } from "node:crypto";

/** One request, as `GET /openai/requests` shows it. Fields of the request are null where it has none of that type. */
export interface OpenAiRequest {
  /** The `x-request-id` of the answer; also inside the picture, as its comment. */
  id: string;
  /** ISO 8601 with milliseconds. */
  "started_at": string;
  /** When the answer was handed over, or the client found gone; null before. */
  "finished_at": string | null;
  model: string | null;
  prompt: string | null;
  size: string | null;
  quality: string | null;
  "output_format": string | null;
  n: number;
  stream: boolean;
  "safety_identifier": string | null;
  /** Null when nothing was answered. */
  status: number | null;
  /**
   * `ok`; `aborted` (the client left first); `<status> <code>` of a refusal; `dropped`, `hang`, or the
   * name of another fault; `in_progress` before.
   */
  outcome: string;
  /** Whether OpenAI would have billed it, see `isBilled`; true for an `aborted` one whose work had begun. */
  billed: boolean;
}

/** The requests of one stand-in, oldest first. */
export class OpenAiJournal {
  #requests: OpenAiRequest[] = [];

  /** Opens the entry of a request that just arrived. */
  open(): OpenAiRequest {
    const request: OpenAiRequest = {
      id: `req_${randomUUID().replaceAll("-", "")}`,
      "started_at": new Date().toISOString(),
      "finished_at": null,
      model: null,
      prompt: null,
      size: null,
      quality: null,
      "output_format": null,
      n: 1,
      stream: false,
      "safety_identifier": null,
      status: null,
      outcome: "in_progress",
      billed: false,
    };
    this.#requests.push(request);
    return request;
  }

  list(): OpenAiRequest[] {
    return this.#requests.map((request) => ({ ...request }));
  }

  /** Forgets all; requests still under way are not listed when they end. */
  clear(): void {
    this.#requests = [];
  }
}

/** Fills in what the body says, valid or not. */
export function describe(request: OpenAiRequest, body: Record<string, unknown>): void {
  const text = (name: string): string | null => typeof body[name] === "string" ? body[name] : null;
  request.model = text("model");
  request.prompt = text("prompt");
  request.size = text("size");
  request.quality = text("quality");
  request.output_format = text("output_format");
  request.n = typeof body.n === "number" ? body.n : 1;
  request.stream = body.stream === true;
  request.safety_identifier = text("safety_identifier") ?? text("user");
}

/** Notes how a request ended, now. */
export function finish(
  request: OpenAiRequest,
  { status = null, outcome }: { status?: number | null; outcome: string },
): void {
  request.status = status;
  request.outcome = outcome;
  request.finished_at = new Date().toISOString();
}
