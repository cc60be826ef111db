/** The judge at the users' side: what they see of their own by the Data API, and what they heard by Realtime. */
import type { Arena } from "./arena.ts";
import { inParallel } from "../in_parallel.ts";
import { untilFound } from "../insist.ts";
import type { EndedRow } from "./judge_rows.ts";
import type { User } from "./users.ts";

/** How long a Broadcast may be on its way, in seconds. */
const HEARING_SECONDS = 5;

/** Compares with the truth; `mayMiss`: Realtime was away, and the users had to look for themselves. */
export async function judgeUsers(
  { users }: Arena,
  { rows, mayMiss }: { rows: readonly EndedRow[]; mayMiss: boolean },
): Promise<string[]> {
  const wrong: string[] = [];
  await inParallel(8, users, async (user) => {
    const own = rows.filter(({ user_id, is_deleted }) => user_id === user.id && !is_deleted);
    wrong.push(...await judgeView(user, own));
    if (mayMiss || user.heard === undefined) return;
    const missed = () => own.filter(({ id, status }) => user.heard?.get(id) !== status);
    const hasHeard = () => Promise.resolve(missed().length === 0 ? true : undefined);
    await untilFound(hasHeard, { seconds: HEARING_SECONDS });
    for (const { id, status } of missed()) {
      wrong.push(`The user of ${id} heard "${user.heard.get(id)}" last, it is ${status}`);
    }
  });
  return wrong;
}

async function judgeView(user: User, own: readonly EndedRow[]): Promise<string[]> {
  const { data, error } = await user.client.from("generations").select("id,status,public_url");
  if (error !== null) return [`User ${user.id} cannot look: ${error.message}`];
  const seen = new Map(data.map(({ id, status, public_url }) => [id, `${status} ${public_url}`]));
  return own.filter(({ id, status, public_url }) => seen.get(id) !== `${status} ${public_url}`)
    .map(({ id, status }) => `User ${user.id} sees ${id} as ${seen.get(id)}, it is ${status}`);
}
