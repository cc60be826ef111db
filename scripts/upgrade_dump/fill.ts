/** Fills a database of an earlier version with what people leave behind, by that version's own functions. */
import type postgres from "postgres";
import { hashRefreshToken } from "../../supabase/functions/_shared/auth/refresh_token.ts";

/** Refresh tokens of the dump's users, by Telegram id. */
export const REFRESH_TOKENS: Readonly<Record<number, string>> = Object.fromEntries(
  [101, 102, 103, 104].map((id) => [id, `upgrade${id}${"x".repeat(33)}`]),
);

/**
 * Makes four users: 101 with pictures that ended in every way, 102 with jobs that wait in queue and lane, 103 with
 * two jobs in flight and one that waits for its second attempt, 104 erased.
 */
export async function fillOlderDatabase(sql: postgres.Sql): Promise<void> {
  const ids = new Map<number, string>();
  for (const [telegramId, token] of Object.entries(REFRESH_TOKENS)) {
    const [row] = await sql`
      select public.login_user(
        ${telegramId}, 'Someone', null, null, 'en', null, true, ${await hashRefreshToken(token)},
        ${telegramId.padStart(64, "0")}) as login`;
    ids.set(Number(telegramId), row?.login.user.id);
  }
  const user = (telegramId: number) => ids.get(telegramId) ?? "";
  await sql`select admin.grant_credits(102, 30, 'before the upgrade')`;
  await sql`update private.settings set max_concurrent = 7, bot_message_after_seconds = 600, lease_seconds = 3600`;
  await sql`update public.prices set credits = 16 where quality = 'high'`;
  await sql`select public.retire_model('gpt-image-of-before', 1)`;
  await sql`select public.take_rate_limit_token('generation', ${user(101)}, 5)`;

  await leaveFinished(sql, user(101));
  await leaveInFlight(sql, user(103));
  for (let n = 1; n <= 4; n++) {
    const keyed = n > 1 ? {} : { idempotency_key: "key-of-before", request_hash: "hash-of-before" };
    await submit(sql, user(102), { prompt: `waits ${n}`, ...keyed });
  }
  await sql`select admin.erase_user(104, 'before the upgrade')`;
  await sql`select admin.pause('before the upgrade')`;
  await sql`select admin.resume('before the upgrade')`;
  await sql`update private.settings set lease_seconds = 30`;
}

async function leaveFinished(sql: postgres.Sql, userId: string): Promise<void> {
  for (const prompt of ["finished", "hidden"]) {
    const id = await submit(sql, userId, { prompt });
    await claim(sql, 1);
    await sql`
      select public.complete_generation(
        ${id}, 1, ${`https://bucket.example.com/generations/${id}.png`}, model => 'gpt-image-2',
        latency_ms => 15000, usage => '{"total_tokens": 5}', width => 1024, height => 1024)`;
    if (prompt === "hidden") await sql`select public.delete_generation(${userId}, null, ${id})`;
    else await sql`select admin.refund_generation(${id}, 'before the upgrade')`;
  }
  const failed = await submit(sql, userId, { prompt: "failed" });
  await claim(sql, 1);
  await sql`select public.fail_generation(${failed}, 1, 'permanent', 'internal', 'of before')`;
  const cancelled = await submit(sql, userId, { prompt: "cancelled" });
  await sql`select public.delete_generation(${userId}, null, ${cancelled})`;
}

async function leaveInFlight(sql: postgres.Sql, userId: string): Promise<void> {
  await sql`update private.settings set per_user_concurrency = 3`;
  const again = await submit(sql, userId, { prompt: "a second attempt" });
  await claim(sql, 1);
  await sql`
    select public.fail_generation(${again}, 1, 'transient', 'provider_unavailable', 'of before', delay_ms => 5000)`;
  for (const prompt of ["its worker lives", "its worker is lost"]) {
    await submit(sql, userId, { prompt });
  }
  await claim(sql, 2);
  await sql`update private.settings set per_user_concurrency = 2`;
}

async function submit(sql: postgres.Sql, userId: string, changes: object): Promise<string> {
  const submission = {
    ...{ generation_id: crypto.randomUUID(), user_id: userId, session_id: null },
    ...{ size: "1024x1024", quality: "low", output_format: "png", enforce_rate_limit: false },
    ...{ idempotency_key: null, request_hash: null, ...changes },
  };
  const [row] = await sql`select public.submit_generations(${
    sql.json([submission] as never)
  }) as s`;
  if (row?.s[0].outcome !== "accepted") throw new Error(JSON.stringify(row));
  return submission.generation_id;
}

async function claim(sql: postgres.Sql, quantity: number): Promise<void> {
  const [row] = await sql`select public.claim_generations(gen_random_uuid(), ${quantity}) as c`;
  if (row?.c.jobs.length !== quantity) throw new Error(`Cannot claim: ${JSON.stringify(row)}`);
}
