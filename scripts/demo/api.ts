/** The functions as a client calls them, with errors in the contract's words. */

/** A refusal of the contract. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

/** What login answers. */
export interface Login {
  access_token: string;
  refresh_token: string;
  expires_at: number;
  user: { id: string; telegram_id: number; first_name: string; credits: number };
}

/** What POST /generation answers. */
export interface Accepted {
  id: string;
  status: "PENDING";
  credits: number;
  queue: { position: number; eta_seconds: number };
  poll_after_ms: number;
  channel: string;
}

/** What GET /generation/{id} answers. */
export interface GenerationState {
  id: string;
  status: "PENDING" | "PROCESSING" | "COMPLETED" | "FAILED" | "CANCELLED";
  attempt: number;
  public_url: string | null;
  error: { code: string; message: string } | null;
  queue: { position: number; eta_seconds: number } | null;
  poll_after_ms: number;
  version: number;
}

/** How a request is made. */
export interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * Calls a function: `path` is what follows `/functions/v1/`.
 *
 * @throws {ApiError} For every answer that is not a success.
 */
export async function callFunction<Answer>(
  supabaseUrl: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(`${supabaseUrl}/functions/v1/${path}`, {
    method: options.method ?? "GET",
    headers: {
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) return answer as Answer;
  const { code = "unknown", message = text.slice(0, 200) } = (answer ?? {}) as {
    code?: string;
    message?: string;
  };
  throw new ApiError(response.status, code, message, response.headers.get("x-request-id"));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
