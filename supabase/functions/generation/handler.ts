/** The client's side of generations: submit, get, list, delete. */
import { requireCaller } from "../_shared/auth/caller.ts";
import type { CorsOrigins } from "../_shared/http/cors.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/http/errors.ts";
import { etagOf, matchesEtag, toGenerationAnswer } from "../_shared/generations/answer.ts";
import {
  deleteGeneration,
  getGeneration,
  listGenerations,
} from "../_shared/generations/client_store.ts";
import { decodeCursor, encodeCursor, isUuid } from "../_shared/generations/cursor.ts";
import {
  createRequestHandler,
  jsonResponse,
  type RequestContext,
} from "../_shared/http/request_handler.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { submit, type SubmitDeps } from "./submit.ts";

/** What the function works with. */
export interface GenerationDeps extends SubmitDeps {
  runtime: Runtime;
  db: RpcClient;
  corsOrigins: CorsOrigins;
  /** Removes an object from the bucket; one that is gone already is no error. */
  deleteObject(key: string): Promise<void>;
}

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** Builds the handler of `/generation`. */
export function createGenerationHandler(
  deps: GenerationDeps,
): (request: Request) => Promise<Response> {
  return createRequestHandler({
    name: "generation",
    runtime: deps.runtime,
    corsOrigins: deps.corsOrigins,
    routes: [
      { method: "POST", pattern: "/", handle: (context) => submit(context, deps) },
      { method: "GET", pattern: "/", handle: (context) => list(context, deps) },
      { method: "GET", pattern: "/{id}", handle: (context) => get(context, deps) },
      { method: "DELETE", pattern: "/{id}", handle: (context) => remove(context, deps) },
    ],
  });
}

async function get(context: RequestContext, deps: GenerationDeps): Promise<Response> {
  const caller = await requireCaller(context, deps.accessTokens);
  const row = await getGeneration(deps.db, caller, requireId(context));
  const answer = toGenerationAnswer(row, {
    realtimeIsLive: context.url.searchParams.get("realtime") === "live",
  });
  const etag = await etagOf(answer);
  // no-cache: a copy may be kept, but is asked about each time.
  const headers = { etag, "cache-control": "private, no-cache" };
  if (matchesEtag(context.request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return jsonResponse(answer, { headers });
}

async function list(context: RequestContext, deps: GenerationDeps): Promise<Response> {
  const caller = await requireCaller(context, deps.accessTokens);
  const before = context.url.searchParams.get("before");
  const size = pageSize(context.url);
  const rows = await listGenerations(deps.db, caller, {
    // One more than asked for tells whether there is a next page.
    size: size + 1,
    ...(before === null ? {} : { before: decodeCursor(before) }),
  });
  const items = rows.slice(0, size);
  const last = items.at(-1);
  const next = rows.length > size && last !== undefined
    ? encodeCursor({ createdAt: last.created_at, id: last.id })
    : null;
  return jsonResponse({ items: items.map((row) => toGenerationAnswer(row)), next });
}

async function remove(context: RequestContext, deps: GenerationDeps): Promise<Response> {
  const caller = await requireCaller(context, deps.accessTokens);
  const { object_key: key, ...row } = await deleteGeneration(deps.db, caller, {
    id: requireId(context),
    pendingOnly: isPendingOnly(context.url),
  });
  if (key !== null) await removePicture(context, deps, key);
  return jsonResponse(toGenerationAnswer(row));
}

// The row is hidden and the removal noted in the same transaction: what fails here the worker repeats.
async function removePicture(
  context: RequestContext,
  deps: GenerationDeps,
  key: string,
): Promise<void> {
  try {
    await deps.deleteObject(key);
    await deps.db.rpc("settle_object_deletions", { object_keys: [key], page_size: 0 });
  } catch (error) {
    context.log.warn("object_deletion_postponed", { error });
  }
}

function requireId(context: RequestContext): string {
  const id = context.params.id?.toLowerCase() ?? "";
  if (isUuid(id)) return id;
  throw new AppError("not_found", "No such generation");
}

function isPendingOnly(url: URL): boolean {
  const only = url.searchParams.get("only");
  if (only === null || only === "pending") return only !== null;
  throw new AppError(
    "invalid_request",
    `Cannot delete: "only" is ${JSON.stringify(only.slice(0, 20))}: wanted "pending"`,
  );
}

function pageSize(url: URL): number {
  const text = url.searchParams.get("limit");
  if (text === null) return DEFAULT_PAGE_SIZE;
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw new AppError(
    "invalid_request",
    `Cannot list: "limit" is ${JSON.stringify(text.slice(0, 20))}: wanted 1 to ${MAX_PAGE_SIZE}`,
  );
}
