/** Runs one torment: people who watch, blows meanwhile, and a judgement of what was shown. */
import type { Browser } from "playwright-core";
import { pause } from "../insist.ts";
import type { Random } from "../random.ts";
import type { Arena } from "./arena.ts";
import { watchByClient, type WatchOptions } from "./client_user.ts";
import { judgeSighting, readRows } from "./judge.ts";
import { watchByPage } from "./page_user.ts";
import { deal, drawPlan, type Plan } from "./plan.ts";
import type { Sighting } from "./sighting.ts";
import type { Torment } from "./torments.ts";

/** How much of it, and by whom. */
export interface Scale {
  /** Generations watched by the client module alone, and by the page. */
  byClient: number;
  byPage: number;
}

/** What a torment works on. */
export interface RunOptions {
  scale: Scale;
  random: Random;
  /** Absent where there is no chromium: then nobody watches by the page. */
  browser?: Browser | undefined;
  progress(text: string): void;
}

/** What a torment came to. */
export interface Outcome {
  name: string;
  sightings: Sighting[];
  /** Final states in the database, counted. */
  ends: Record<string, number>;
  blows: number;
  seconds: number;
  violations: string[];
}

/** Generations of one person with the client module, and with the page. */
const EACH_CLIENT = 6;
const EACH_PAGE = 4;

let nextTelegramId = 500_000;

/** Runs `torment` on a whole arena. */
export async function runTorment(
  arena: Arena,
  torment: Torment,
  { scale, random, browser, progress }: RunOptions,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { tokenSeconds, isHealthy } = torment;
  await arena.setLatency(torment.latency);
  const total = scale.byClient + (browser === undefined ? 0 : scale.byPage);
  let [ended, blows] = [0, 0];
  const violations: string[] = [];
  const tell = () => progress(`${ended} of ${total} ended, ${blows} blows`);
  const entrances: Promise<void>[] = [];

  /** Somebody new; who breaks off is a violation. */
  async function person(
    plans: readonly Plan[],
    watch: (plans: readonly Plan[], options: WatchOptions) => Promise<Sighting[]>,
  ): Promise<Sighting[]> {
    const entrance = Promise.withResolvers<void>();
    entrances.push(entrance.promise);
    const telegramId = nextTelegramId++;
    try {
      return await watch(plans, {
        telegramId,
        tokenSeconds,
        countsReads: isHealthy,
        onReady: entrance.resolve,
        onEnd() {
          ended++;
          tell();
        },
      });
    } catch (error) {
      violations.push(`${telegramId} broke off: ${error}`);
      return [];
    } finally {
      entrance.resolve();
    }
  }

  const draw = (count: number, each: number): Plan[][] =>
    deal(Array.from({ length: count }, () => drawPlan(random)), Math.ceil(count / each));
  const people = draw(scale.byClient, EACH_CLIENT).map((plans) =>
    person(plans, (...given) => watchByClient(arena, ...given))
  );
  if (browser !== undefined) {
    for (const plans of draw(scale.byPage, EACH_PAGE)) {
      people.push(
        person(plans, (own, options) => watchByPage(arena, own, { ...options, browser })),
      );
    }
  }
  // Not before all are in: a page that does not even load is not what is tried.
  await Promise.all(entrances);
  const end = new AbortController();
  const torture = torment.torture({
    arena,
    random,
    signal: end.signal,
    onBlow() {
      blows++;
      tell();
    },
  });
  const sweeping = sweep(arena, end.signal);
  const sightings = (await Promise.all(people)).flat();
  end.abort();
  await Promise.all([torture, sweeping]);
  const rows = await readRows(arena, sightings.map(({ id }) => id));
  const ends: Record<string, number> = {};
  for (const { status } of rows.values()) ends[status] = (ends[status] ?? 0) + 1;
  for (const sighting of sightings) {
    violations.push(...judgeSighting(sighting, rows.get(sighting.id), { isHealthy }));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { name: torment.name, sightings, ends, blows, seconds, violations };
}

// Where cron would within ten seconds: what a restart has interrupted is given back.
async function sweep(arena: Arena, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await arena.ask((sql) => sql`select private.sweep()`);
    await pause(500);
  }
}
