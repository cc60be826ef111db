/** The answers of the Data API: status, Content-Range, Preference-Applied, and JSON exactly as Postgres wrote it. */
import { ApiError, notSingular, rangeNotSatisfiable } from "./errors.ts";
import type { Row } from "./database.ts";
import type { RowRange } from "./request.ts";

/** What a main statement reports: the rows on this page, the rows there are (when counted), and the JSON text. */
export interface Page {
  rows: number;
  total: number | undefined;
  body: string;
}

/** Reads the single row every main statement gives. */
export function readPage(rows: Row[]): Page {
  const [row] = rows;
  if (row === undefined) throw new Error("Cannot read a page: the statement gave no row");
  return {
    rows: Number(row.page_total),
    total: row.total === null || row.total === undefined ? undefined : Number(row.total),
    body: row.body ?? "",
  };
}

/** @throws {ApiError} PGRST116 unless there is exactly one row. */
export function requireSingular(page: Page): void {
  if (page.rows !== 1) throw notSingular(page.rows);
}

/** A page of rows: 200, 206 when more were counted than given, 416 when the offset lies beyond them. */
export function pageResponse(
  page: Page,
  options: { range: RowRange; singular: boolean; applied: string[]; bodiless: boolean },
): Response {
  const { total, rows } = page;
  const { offset } = options.range;
  if (total !== undefined && offset > total) {
    throw rangeNotSatisfiable(
      `An offset of ${offset} was requested, but there are only ${total} rows.`,
    );
  }
  const headers = jsonHeaders(options.singular, options.applied);
  headers.set("content-range", contentRange(offset, offset + rows - 1, total));
  const status = total !== undefined && rows < total ? 206 : 200;
  return new Response(options.bodiless ? null : page.body, { status, headers });
}

/** The answer to a write: the rows when they were asked for, else no body. */
export function writeResponse(
  page: Page,
  options: {
    /** Status with rows and without. */
    status: { representation: number; minimal: number };
    representation: boolean;
    singular: boolean;
    applied: string[];
    /** PostgREST tells the updated rows as a range; of inserted and deleted ones only their number. */
    ranged: boolean;
    counted: boolean;
  },
): Response {
  const headers = jsonHeaders(options.singular, options.applied);
  const total = options.counted ? page.rows : undefined;
  headers.set(
    "content-range",
    options.ranged ? contentRange(0, page.rows - 1, total) : contentRange(1, 0, total),
  );
  if (options.representation) {
    return new Response(page.body, { status: options.status.representation, headers });
  }
  headers.delete("content-type");
  return new Response(null, { status: options.status.minimal, headers });
}

/** PostgREST's error body. */
export function errorResponse(error: ApiError): Response {
  const { code, details, hint, message } = error;
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "proxy-status": `PostgREST; error=${code}`,
  });
  if (error.status === 401) headers.set("www-authenticate", "Bearer");
  const body = JSON.stringify({ code, details, hint, message });
  return new Response(body, { status: error.status, headers });
}

function jsonHeaders(singular: boolean, applied: string[]): Headers {
  const type = singular ? "application/vnd.pgrst.object+json" : "application/json";
  const headers = new Headers({ "content-type": `${type}; charset=utf-8` });
  if (applied.length > 0) headers.set("preference-applied", applied.join(", "));
  return headers;
}

function contentRange(first: number, last: number, total: number | undefined): string {
  const range = total === 0 || first > last ? "*" : `${first}-${last}`;
  return `${range}/${total ?? "*"}`;
}
