/**
 * The judge of pictures: each COMPLETED job's is reachable by anybody, whole, of the size asked for, and its
 * own; that of one its user deleted is gone.
 */
import { describePicture } from "../../stack/tests/picture_dimensions.ts";
import type { Arena } from "./arena.ts";
import { inParallel } from "../in_parallel.ts";
import { untilFound } from "../insist.ts";
import { readCalls } from "./journals.ts";
import type { EndedRow } from "./judge_rows.ts";

/** Fetches every picture. The stand-in writes the id of the request that drew it into the file. */
export async function judgePictures(arena: Arena, rows: readonly EndedRow[]): Promise<string[]> {
  const calls = await readCalls(arena);
  const promptOf = new Map(calls.map(({ id, prompt }) => [id, prompt]));
  const jobOf = new Map(arena.jobs.map((job) => [job.id, job]));
  const wrong: string[] = [];
  const completed = rows.filter(({ status }) => status === "COMPLETED");
  await inParallel(8, completed, async ({ id, public_url, is_deleted }) => {
    if (is_deleted) {
      if (!await isGone(public_url ?? "")) {
        wrong.push(`The deleted picture of ${id} is still there`);
      }
      return;
    }
    const job = jobOf.get(id);
    if (job === undefined) return;
    const response = await fetch(public_url ?? "");
    const bytes = await response.bytes();
    if (!response.ok) return void wrong.push(`The picture of ${id} answers ${response.status}`);
    const [found, wanted] = [describePicture(bytes), `${job.format} ${job.size}`];
    if (found !== wanted) wrong.push(`The picture of ${id} is ${found}, wanted ${wanted}`);
    const [requestId = ""] = /req_[0-9a-f]{32}/.exec(latin1(bytes)) ?? [];
    const prompt = promptOf.get(requestId);
    if (prompt !== job.prompt) wrong.push(`The picture of ${id} was drawn for "${prompt}"`);
  });
  return wrong;
}

/** The function removes it at once; what it could not remove a worker does at the next ring. */
async function isGone(url: string): Promise<boolean> {
  const look = async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status === 403 ? true : undefined;
  };
  return await untilFound(look, { seconds: 25, intervalMs: 200 }) ?? false;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
