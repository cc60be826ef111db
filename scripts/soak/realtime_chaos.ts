/** `deno run -A scripts/soak/realtime_chaos.ts`: proves that a watch shows the truth in the end, whatever becomes of Realtime. */
import { parseArgs } from "@std/cli/parse-args";
import type { Browser } from "playwright-core";
import { createRandom } from "./random.ts";
import { readNumber, refuse } from "../command_line.ts";
import { findChromium, startBrowser } from "../test/browser.ts";
import { print, startStatusLine } from "../demo/status_line.ts";
import { openArena } from "./realtime_chaos/arena.ts";
import { measurePictures } from "./realtime_chaos/picture_times.ts";
import { formatTable, formatTimes, LEGEND } from "./realtime_chaos/report.ts";
import { type Outcome, runTorment, type Scale } from "./realtime_chaos/run_torment.ts";
import { type Torment, TORMENTS } from "./realtime_chaos/torments.ts";

const ALL: readonly Torment[] = Object.values(TORMENTS);

const HELP = `Watches generations by the client module and by the page in Chromium, on a stack whose
Realtime is tormented. In the end what is shown must be the row, nothing may have been shown out of
order, and while nothing is done to Realtime three GETs a generation must do.

Usage: deno run -A scripts/soak/realtime_chaos.ts [options]

  --generations N  over all torments (default 200), a quarter of them by the page
  --pictures N     pictures by whose coming the page is timed (default 60)
  --seed S         draws prompts, cancellations and blows (default: a new one, printed)
  --torment NAME   only those whose name begins so; again for more
  --log FILE       writes the functions' logs there

Exits with 1 when anything is violated. Without a chromium on PATH nobody watches by the page.
Torments:

${ALL.map(({ name, about }) => `  ${name.padEnd(15)}${about}`).join("\n")}
`;

interface Options {
  generations: number;
  pictures: number;
  seed: number;
  torments: Torment[];
  log: string | undefined;
}

/** The part of the generations that goes through the page. */
const BY_PAGE = 0.25;

async function main(args: string[]): Promise<boolean> {
  const options = readOptions(args);
  if (options === undefined) return true;
  const { generations, pictures, seed, torments } = options;
  print(
    `Seed ${seed}: deno run -A scripts/soak/realtime_chaos.ts --generations ${generations} --seed ${seed}\n`,
  );
  using log = options.log === undefined
    ? undefined
    : await Deno.open(options.log, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  const chromium = await findChromium();
  if (chromium === undefined) print("No chromium on PATH: nobody watches by the page\n");
  const browser = chromium === undefined ? undefined : await startBrowser(chromium);
  try {
    await using arena = await openArena((line) => log?.writeSync(encoder.encode(`${line}\n`)));
    const random = createRandom(seed);
    const outcomes: Outcome[] = [];
    for (const [index, torment] of torments.entries()) {
      const scale = share(generations, { index, of: torments.length, browser });
      if (scale.byClient + scale.byPage === 0) continue;
      outcomes.push(
        await showProgress(
          torment.name,
          (progress) => runTorment(arena, torment, { scale, random, browser, progress }),
        ),
      );
    }
    const violations = outcomes.flatMap((outcome) => outcome.violations);
    for (const violation of violations) print(`  ! ${violation}\n`);
    print(`\n${formatTable(outcomes)}${LEGEND}`);
    if (browser !== undefined && pictures > 0) {
      const times = await showProgress(
        "pictures",
        (progress) => measurePictures(arena, { browser, count: pictures, progress }),
      );
      print(`\n${formatTimes(times)}`);
    }
    const watched = outcomes.reduce((sum, { sightings }) => sum + sightings.length, 0);
    print(`\n${watched} generations, ${violations.length} violations, seed ${seed}\n`);
    return violations.length === 0;
  } finally {
    await browser?.close();
  }
}

/** What falls to one torment: the first ones take what does not divide. */
function share(
  generations: number,
  { index, of, browser }: { index: number; of: number; browser: Browser | undefined },
): Scale {
  const own = Math.floor(generations / of) + (index < generations % of ? 1 : 0);
  const byPage = browser === undefined ? 0 : Math.ceil(own * BY_PAGE);
  return { byClient: own - byPage, byPage };
}

async function showProgress<Result>(
  name: string,
  run: (progress: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  const line = startStatusLine();
  let shownAt = -Infinity;
  let last = "begins";
  const show = () => line.show(`${name}: ${last}`);
  try {
    show();
    return await run((text) => {
      last = text;
      // Where there is no terminal every change is a line of its own.
      if (!Deno.stdout.isTerminal() && performance.now() - shownAt < 5_000) return;
      shownAt = performance.now();
      show();
    });
  } finally {
    show();
    line.end();
  }
}

function readOptions(args: string[]): Options | undefined {
  const flags = parseArgs(args, {
    boolean: ["help"],
    string: ["generations", "pictures", "seed", "torment", "log"],
    collect: ["torment"],
    alias: { h: "help" },
    unknown: (name: string) => refuse(`Unknown option ${name}`, HELP),
  });
  if (flags.help) {
    print(HELP);
    return undefined;
  }
  const names = flags.torment as string[];
  const torments = ALL.filter(({ name }) =>
    names.length === 0 || names.some((wanted) => name.startsWith(wanted))
  );
  if (torments.length === 0) refuse(`No torment begins with "${names.join('" or "')}"`, HELP);
  const number = (name: "generations" | "pictures" | "seed", preset: number) =>
    readNumber({ name, text: flags[name], preset }, HELP);
  return {
    generations: number("generations", 200),
    pictures: number("pictures", 60),
    seed: number("seed", crypto.getRandomValues(new Uint32Array(1))[0] ?? 1),
    torments,
    log: flags.log,
  };
}

Deno.exit(await main(Deno.args) ? 0 : 1);
