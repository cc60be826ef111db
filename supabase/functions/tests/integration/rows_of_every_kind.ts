/** Leaves a row of every kind, with every time set that a row may have, as months of use would. */
import type { Backend } from "../backend.ts";
import { submitOne } from "../submissions.ts";

/** Columns of pgmq's that belong to features which are not used. */
export const UNUSED_TIMES: readonly string[] = [
  "pgmq.notify_insert_throttle.last_notified_at",
  "pgmq.topic_bindings.bound_at",
];

/** Fills the tables of a migrated database; what it leaves unfinished can be finished. */
export async function leaveRowsOfEveryKind(backend: Backend): Promise<void> {
  const { sql } = backend;
  await sql`update private.settings set bot_message_after_seconds = 60, partial_images = 0`;
  await leaveFinished(backend);
  await leaveUnfinished(backend);
  await leaveSessions(backend);
  await sql`select public.retire_model('gpt-image-of-before', 1)`;
  await sql`select private.roll_up_metrics(), private.check_ledger()`;
}

/** Pictures with a message of the bot that is planned, seen, sent, archived; removed ones; a dead letter. */
async function leaveFinished(backend: Backend): Promise<void> {
  const { sql } = backend;
  const { id: owner } = await backend.logIn();
  await sql`update public.users set allows_write_to_pm = true where id = ${owner}`;
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await submitOne(sql, owner)).id);
  await backend.work();
  const [seen, sent, archived] = ids as [string, string, string];
  await sql`update private.bot_messages set seen_at = clock_timestamp() where generation_id = ${seen}`;
  await sql`update private.bot_messages set sent_at = clock_timestamp() where generation_id = ${sent}`;
  await sql`update pgmq.q_bot_messages set last_read_at = clock_timestamp()`;
  await sql`
    select pgmq.archive('bot_messages', q.msg_id) from pgmq.q_bot_messages as q
    where q.message ->> 'generation_id' = ${archived}`;
  await sql`select public.delete_generation(${owner}, null, ${seen})`;

  const failed = await submitOne(sql, owner);
  await sql`select public.claim_generations(gen_random_uuid(), 1)`;
  await sql`select public.fail_generation(${failed.id}, 1, 'permanent', 'internal', 'of before')`;
}

/** Waiting, waiting in a lane, cancelled, with a key, and claimed by a worker that died while it showed a preview. */
async function leaveUnfinished(backend: Backend): Promise<void> {
  const { sql } = backend;
  const users = await Promise.all([1, 2, 3].map(() => backend.logIn()));
  for (const { id } of users) for (let n = 0; n < 4; n++) await submitOne(sql, id);
  const [cancelled] = users;
  const keyed = { idempotency_key: "key", request_hash: "hash" };
  const { id } = await submitOne(sql, cancelled?.id ?? "", keyed);
  await sql`select public.delete_generation(${cancelled?.id ?? null}, null, ${id})`;
  await sql`select public.claim_generations(gen_random_uuid(), 2)`;
  await sql`
    select public.announce_preview(g.id, g.attempt, 'previews/' || g.id || '.jpg', 'http://bucket.test/preview.jpg')
    from public.generations as g where g.status = 'PROCESSING'`;
}

/** A spent refresh token, a session that was ended, and a user who was erased. */
async function leaveSessions({ sql, logIn }: Backend): Promise<void> {
  const [refreshed, revoked, erased] = await Promise.all([logIn(), logIn(), logIn()]);
  await sql`
    select public.refresh_session(t.token_hash, repeat('f', 64))
    from private.refresh_tokens as t join private.sessions as s on s.id = t.session_id
    where s.user_id = ${refreshed.id}`;
  await sql`
    select public.revoke_session(s.user_id, s.id) from private.sessions as s where s.user_id = ${revoked.id}`;
  await sql`
    select admin.erase_user(u.telegram_id, 'of before') from public.users as u where u.id = ${erased.id}`;
}
