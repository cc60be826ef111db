/** Compares what was shown with what is: the row in the database. */
import { isFinal, RANK } from "@pixelpop/client";
import type { Arena } from "./arena.ts";
import type { Shown, Sighting } from "./sighting.ts";

/** A generation as the database has it. */
export interface Row extends Required<Shown> {
  id: string;
}

/** GETs a generation may take while Realtime is healthy. */
export const MOST_READS = 3;

/** Finds the rows of generations. */
export async function readRows(arena: Arena, ids: readonly string[]): Promise<Map<string, Row>> {
  const rows = await arena.ask((sql) =>
    sql<Row[]>`
      select id, status, version::integer as version, public_url as url, error_code as "errorCode"
      from public.generations where id = any (${ids as string[]}::uuid[])`
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Everything that is wrong with a sighting. */
export function judgeSighting(
  sighting: Sighting,
  row: Row | undefined,
  { isHealthy }: { isHealthy: boolean },
): string[] {
  const { id, by, shown, hasEnded, reads, mishaps } = sighting;
  const wrong = [...mishaps];
  if (!hasEnded) wrong.push(`the watch did not end: shown last is ${describe(shown.at(-1))}`);
  shown.slice(1).forEach((next, index) => {
    const before = shown[index] as Shown;
    if (isStepBack(before, next)) {
      wrong.push(`${describe(next)} was shown after ${describe(before)}`);
    }
  });
  const last = shown.at(-1);
  if (row === undefined) wrong.push("there is no row of it");
  else if (last === undefined || !isSame(last, row)) {
    wrong.push(`${describe(last)} is shown in the end, the row is ${describe(row)}`);
  }
  if (isHealthy && reads > MOST_READS) wrong.push(`${reads} GETs, wanted ${MOST_READS} at most`);
  return wrong.map((what) => `${by} ${id}: ${what}`);
}

function isStepBack(before: Shown, next: Shown): boolean {
  if (isFinal(before.status)) return true;
  return RANK[next.status] < RANK[before.status] ||
    (next.version ?? Infinity) < (before.version ?? -Infinity);
}

function isSame(shown: Shown, row: Row): boolean {
  return shown.status === row.status && shown.url === row.url &&
    shown.errorCode === row.errorCode && (shown.version ?? row.version) === row.version;
}

function describe(shown: Shown | undefined): string {
  if (shown === undefined) return "nothing";
  const { status, version, url, errorCode } = shown;
  const place = version === undefined ? "" : ` (version ${version})`;
  return [`${status}${place}`, url, errorCode].filter(Boolean).join(" ");
}
