/** Measures how long after COMPLETED's commit the page has the picture's element, and has it loaded. */
import type { Browser } from "playwright-core";
import { percentile } from "../statistics.ts";
import type { Arena } from "./arena.ts";
import { type PageSighting, watchByPage } from "./page_user.ts";

/** Times from the commit, in milliseconds. */
export interface PictureTimes {
  count: number;
  /** Until the element is in the document. */
  element: { p50: number; p95: number };
  /** Until its picture has loaded. */
  loaded: { p50: number; p95: number };
}

/** Watches `count` generations by one page, one after another, and times them. */
export async function measurePictures(
  arena: Arena,
  { browser, count, progress }: {
    browser: Browser;
    count: number;
    progress: (text: string) => void;
  },
): Promise<PictureTimes> {
  await arena.setLatency({ ms: 150, jitter_ms: 100 });
  // Commits are timed from the first start after the setting.
  const [setting] = await arena.ask((sql) => sql`show track_commit_timestamp`);
  if (setting?.track_commit_timestamp !== "on") await arena.restart();
  let ended = 0;
  const plans = Array.from({ length: count }, (_, number) => ({ prompt: `picture ${number}.` }));
  const sightings = await watchByPage(arena, plans, {
    browser,
    telegramId: 400_000,
    countsReads: false,
    onReady() {},
    onEnd: () => progress(`${++ended} of ${count} pictures`),
  });
  return await timePictures(arena, sightings);
}

/**
 * Times what was seen by a page of generations that were committed after a restart.
 *
 * @throws {Error} When one of them was not seen with its picture, or its commit is not known.
 */
export async function timePictures(
  arena: Arena,
  sightings: readonly PageSighting[],
): Promise<PictureTimes> {
  const commits = await readCommitTimes(arena, sightings.map(({ id }) => id));
  const since = (moment: (sighting: PageSighting) => number | undefined) => {
    const times = sightings.map((each) => (moment(each) ?? NaN) - (commits.get(each.id) ?? NaN));
    if (times.some(Number.isNaN)) throw new Error("A picture or its commit was not seen");
    return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
  };
  return {
    count: sightings.length,
    element: since(({ pictureAt }) => pictureAt),
    loaded: since(({ loadedAt }) => loadedAt),
  };
}

// The last change of a row is the one that made it COMPLETED.
async function readCommitTimes(arena: Arena, ids: string[]): Promise<Map<string, number>> {
  const rows = await arena.ask((sql) =>
    sql<{ id: string; ms: number }[]>`
      select id, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as ms
      from public.generations where id = any (${ids}::uuid[]) and status = 'COMPLETED'`
  );
  return new Map(rows.map(({ id, ms }) => [id, ms]));
}
