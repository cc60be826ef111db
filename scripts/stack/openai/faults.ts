/** The ways the OpenAI stand-in can fail an image request, and which of them OpenAI would bill. */
import { type FaultRules, parseFaults } from "../fault_queue.ts";

/** A fault of one image request (of `times` requests). At most one of the fields up to `stall_stream` is named. */
export interface OpenAiFault {
  /** Refuse: with OpenAI's usual code, type and message for the status, where none is given. */
  status?: number;
  /** Never answer, until the client leaves; the next change of faults closes the socket. */
  hang?: true;
  /** Close the socket without an answer. */
  drop?: true;
  /** 200, with half a JSON document. */
  malformed?: true;
  /** 200, with no picture. */
  empty?: true;
  /** 200, with the base64 of a text. */
  "not_an_image"?: true;
  /** 200, with a picture of 512x512. */
  "wrong_size"?: true;
  /** 200, with a `url` in place of `b64_json`: of the stand-in itself, or the one given. */
  url?: true | string;
  /** 200, with a `url` that redirects to the link-local metadata address, or the address given. */
  "redirect_private"?: true | string;
  /** 200, with a body of 128 MiB, or of the bytes given. */
  huge?: true | number;
  /** Break the answer off half-way: in a stream, after its first partial image. */
  "break_stream"?: true;
  /** Send a stream's partial images, and the picture only after the next change of faults. */
  "stall_stream"?: true;

  /** Of a `status`: what else its answer says. `retry_after` in seconds. */
  code?: string;
  type?: string;
  message?: string;
  param?: string;
  "retry_after"?: number;
  /** Of a `status`: if the request streams, answer 200 and send the error as an event. */
  "in_stream"?: true;
  /** How long before the fault shows: 0 by default for `status`, `hang` and `drop`, else the usual latency. */
  "after_ms"?: number;
  /** Answer after this time instead of the usual latency; alone, it is no failure. */
  "latency_ms"?: number;
  times?: number;
  /** Hit only requests for this model, or whose prompt contains this text. */
  model?: string;
  prompt?: string;
}

const RULES: FaultRules = {
  kinds: {
    status: "status",
    hang: "flag",
    drop: "flag",
    malformed: "flag",
    empty: "flag",
    not_an_image: "flag",
    wrong_size: "flag",
    url: "flag or text",
    redirect_private: "flag or text",
    huge: "flag or bytes",
    break_stream: "flag",
    stall_stream: "flag",
  },
  modifiers: {
    code: "text",
    type: "text",
    message: "text",
    param: "text",
    retry_after: "seconds",
    in_stream: "flag",
    after_ms: "ms",
    latency_ms: "ms",
    times: "count",
    model: "text",
    prompt: "text",
  },
};
const OF_STATUS = ["code", "type", "message", "param", "retry_after", "in_stream"];

/** What a fault does; `none` for one that only changes the latency. */
export type FaultKind =
  | "status"
  | "hang"
  | "drop"
  | "malformed"
  | "empty"
  | "not_an_image"
  | "wrong_size"
  | "url"
  | "redirect_private"
  | "huge"
  | "break_stream"
  | "stall_stream"
  | "none";

/**
 * Checks faults from outside.
 *
 * @throws {TypeError} For anything but an array of faults.
 */
export function parseOpenAiFaults(value: unknown): OpenAiFault[] {
  const faults = parseFaults<OpenAiFault>(value, RULES);
  for (const fault of faults) {
    const stray = OF_STATUS.find((field) => field in fault && fault.status === undefined);
    if (stray !== undefined) {
      throw new TypeError(`"${stray}" of a fault needs a "status": got ${JSON.stringify(fault)}`);
    }
  }
  return faults;
}

/** What `fault` does. */
export function kindOf(fault: OpenAiFault): FaultKind {
  const kind = Object.keys(RULES.kinds).find((field) => field in fault);
  return (kind ?? "none") as FaultKind;
}

/** Whether `fault` is meant for a request. */
export function hits(
  fault: OpenAiFault,
  request: { model: string | null; prompt: string | null },
): boolean {
  return (fault.model === undefined || fault.model === request.model) &&
    (fault.prompt === undefined || (request.prompt ?? "").includes(fault.prompt));
}

/**
 * Whether OpenAI would bill the request: it does for work begun, whether or not the client is still connected. A
 * refusal and an empty answer cost nothing; a dropped connection costs when work had begun; a
 * hanging request is counted, as from outside it cannot be told from one at work.
 */
export function isBilled(fault: OpenAiFault): boolean {
  switch (kindOf(fault)) {
    case "status":
    case "empty":
      return false;
    case "drop":
      return (fault.after_ms ?? 0) > 0;
    default:
      return true;
  }
}
