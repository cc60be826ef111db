/** A generation that was submitted and is being watched. */
import type { Progress } from "../src/client.ts";
import { type Bench, launchOf } from "./client_fixture.ts";

/** Reads of the first generation. */
export const READS = /^generation\/generation-1/;

/** Logs in, submits, and watches until the channel has joined. */
export async function start(
  bench: Bench,
): Promise<{ id: string; seen: Progress[]; stop: () => void }> {
  await bench.app.login(launchOf("one"));
  const { id } = await bench.app.submit("a fox");
  const seen: Progress[] = [];
  const stop = bench.app.watch(id, (progress) => seen.push(progress));
  await bench.clock.advance(0);
  return { id, seen, stop };
}
