/**
 * The judge of pictures: each COMPLETED job's is reachable by anybody, whole, of the format and size asked
 * for (but one drawn in another size is kept, as it is paid for), and its own; that of one its user deleted is gone.
 */
import { describePicture } from "../../stack/tests/picture_dimensions.ts";
import type { Arena } from "./arena.ts";
import { inParallel } from "../in_parallel.ts";
import { untilFound } from "../insist.ts";
import { readCalls } from "./journals.ts";
import type { EndedRow } from "./judge_rows.ts";

/** What the stand-in draws by its fault of that name. */
const WRONG_SIZE = "512x512";

/** Fetches every picture. The stand-in writes the id of the request that drew it into the file. */
export async function judgePictures(arena: Arena, rows: readonly EndedRow[]): Promise<string[]> {
  const calls = await readCalls(arena);
  const callOf = new Map(calls.map((call) => [call.id, call]));
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
    const [requestId = ""] = /req_[0-9a-f]{32}/.exec(latin1(bytes)) ?? [];
    const call = callOf.get(requestId);
    const size = call?.outcome === "wrong_size" ? WRONG_SIZE : job.size;
    const [found, wanted] = [describePicture(bytes), `${job.format} ${size}`];
    if (found !== wanted) wrong.push(`The picture of ${id} is ${found}, wanted ${wanted}`);
    if (call?.prompt !== job.prompt) {
      wrong.push(`The picture of ${id} was drawn for "${call?.prompt}"`);
    }
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
