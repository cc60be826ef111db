/** A long queue, quickly: rows with their users, ledger entries and messages. */
import type postgres from "postgres";

/**
 * Adds rows as submit_generations makes them, without its triggers: a million by it take an hour.
 *
 * @param options.perUser Waiting generations of one user, of whom `inQueue` are in the queue.
 */
export async function addWaitingJobs(
  sql: postgres.Sql,
  { count, perUser, inQueue }: { count: number; perUser: number; inQueue: number },
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`set local synchronous_commit = off`;
    await tx`
      create temporary table bench_new (
        id uuid, user_id uuid, place integer, message_id bigint, created_at timestamptz
      ) on commit drop`;
    // Ids in the order of the queue, as the function makes them; users in no order.
    const users = Math.ceil(count / perUser);
    await tx`
      insert into bench_new (id, user_id, place, created_at)
      select (lpad(to_hex(row_number() over (order by p, u.n)), 12, '0') || '7' ||
          substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
        u.id, p, clock_timestamp()
      from (select n, gen_random_uuid() as id from generate_series(1, ${users}) as n) as u,
        generate_series(1, ${perUser}) as p
      order by p, u.n
      limit ${count}`;
    await tx`
      insert into public.users (id, telegram_id, first_name, credits)
      select n.user_id, (select coalesce(max(telegram_id), 0) from public.users) + row_number() over (),
        'Bench', 1000 - count(*)
      from bench_new as n group by n.user_id`;
    await tx`
      insert into public.credit_ledger (user_id, delta, kind, note)
      select distinct user_id, 1000, 'grant', 'benchmark' from bench_new`;
    await tx`
      with sent as (
        insert into pgmq.q_generations (vt, message)
        select clock_timestamp(), jsonb_build_object('generation_id', n.id)
        from bench_new as n where n.place <= ${inQueue}
        returning msg_id, (message ->> 'generation_id')::uuid as id
      )
      update bench_new as n set message_id = s.msg_id from sent as s where s.id = n.id`;
    await tx`
      insert into public.generations
        (id, user_id, prompt, size, quality, output_format, cost, created_at, queued_at, message_id)
      select n.id, n.user_id, 'a red fox in the snow', '1024x1024', 'low', 'png', 1, n.created_at,
        case when n.message_id is not null then n.created_at end, n.message_id
      from bench_new as n`;
    await tx`
      insert into public.credit_ledger (user_id, delta, kind, generation_id)
      select n.user_id, -1, 'generation', n.id from bench_new as n`;
  });
  await sql`vacuum (analyze) public.generations`;
  await sql`vacuum (analyze) pgmq.q_generations`;
  await sql`vacuum (analyze) public.credit_ledger`;
  await sql`vacuum (analyze) public.users`;
}
