/** The client's side of generations: submit, get, list, delete. */
import type { Context, Hono } from "hono";
import type { CorsOrigins } from "../_shared/config/cors.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { toGenerationAnswer } from "../_shared/generations/answer.ts";
import {
  deleteGeneration,
  getGeneration,
  listGenerations,
} from "../_shared/generations/client_store.ts";
import { type Cursor, encodeCursor, isUuid } from "../_shared/generations/cursor.ts";
import { SUBMISSION } from "../_shared/generations/request.ts";
import type { GenerationPage } from "../_shared/generations/schemas.ts";
import { type BaseEnv, createApp } from "../_shared/http/app.ts";
import { bearer, type CallerEnv } from "../_shared/http/bearer.ts";
import { AppError } from "../_shared/http/errors.ts";
import { tagged } from "../_shared/http/etag.ts";
import { json } from "../_shared/http/json.ts";
import { query } from "../_shared/http/query.ts";
import type { EventCounter } from "../_shared/observability/event_counter.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { DELETE_QUERY, GET_QUERY, LIST_QUERY } from "./queries.ts";
import { submit, type SubmitDeps } from "./submit.ts";

/** What the function works with. */
export interface GenerationDeps extends SubmitDeps {
  runtime: Runtime;
  db: RpcClient;
  corsOrigins: CorsOrigins;
  /** @default nothing is counted */
  events?: EventCounter;
  /** Removes an object from the bucket; one that is gone already is no error. */
  deleteObject(key: string): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;

/** Builds the app of `/generation`. */
export function createGenerationApp(deps: GenerationDeps): Hono<BaseEnv> {
  const { db } = deps;
  const app = createApp({ name: "generation", ...deps });
  const caller = bearer(deps.accessTokens);
  const body = json(SUBMISSION, { maxBytes: MAX_BODY_BYTES });

  app.post("/", caller, body, (c) => submit(c, deps, c.req.valid("json")));

  app.get("/", caller, query(LIST_QUERY), async (c) => {
    const { limit, before } = c.req.valid("query");
    return c.json(await readPage(c, db, { size: limit, ...(before && { before }) }));
  });

  app.get("/:id", caller, query(GET_QUERY), tagged(), async (c) => {
    const row = await getGeneration(db, c.get("caller"), requireId(c.req.param("id")));
    const realtimeIsLive = c.req.valid("query").realtime === "live";
    // A copy may be kept, but is asked about each time.
    return c.json(toGenerationAnswer(row, { realtimeIsLive }), 200, {
      "cache-control": "private, no-cache",
    });
  });

  app.delete("/:id", caller, query(DELETE_QUERY), async (c) => {
    const { object_key: key, ...row } = await deleteGeneration(db, c.get("caller"), {
      id: requireId(c.req.param("id")),
      pendingOnly: c.req.valid("query").only === "pending",
    });
    if (key !== null) await removePicture(c, deps, key);
    return c.json(toGenerationAnswer(row));
  });

  return app;
}

async function readPage(
  c: Context<CallerEnv>,
  db: RpcClient,
  { size, before }: { size: number; before?: Cursor },
): Promise<GenerationPage> {
  // One more than asked for tells whether there is a next page.
  const page = { size: size + 1, ...(before && { before }) };
  const rows = await listGenerations(db, c.get("caller"), page);
  const items = rows.slice(0, size);
  const last = items.at(-1);
  const next = rows.length > size && last !== undefined
    ? encodeCursor({ createdAt: last.created_at, id: last.id })
    : null;
  return { items: items.map((row) => toGenerationAnswer(row)), next };
}

// The row is hidden and the removal noted in the same transaction: what fails here the worker repeats.
async function removePicture(
  c: Context<CallerEnv>,
  deps: GenerationDeps,
  key: string,
): Promise<void> {
  try {
    await deps.deleteObject(key);
    await deps.db.rpc("settle_object_deletions", { object_keys: [key], page_size: 0 });
  } catch (error) {
    c.get("log").warn("object_deletion_postponed", { error });
  }
}

function requireId(given: string): string {
  const id = given.toLowerCase();
  if (isUuid(id)) return id;
  throw new AppError("not_found", "No such generation");
}
