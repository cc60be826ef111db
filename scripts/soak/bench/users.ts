/** Makes users who are logged in, without a login each: the benchmark's subject is what comes after. */
import { createAccessTokens } from "../../../supabase/functions/_shared/auth/access_token.ts";
import type { BenchStack } from "./bench_stack.ts";

/** A user with an access token. */
export interface BenchUser {
  id: string;
  token: string;
}

/** Makes `count` users with `credits` each. */
export async function createUsers(
  { sql, url, variables }: BenchStack,
  { count, credits = 10_000 }: { count: number; credits?: number },
): Promise<BenchUser[]> {
  const rows = await sql<{ user_id: string; session_id: string }[]>`
    with made as (
      insert into public.users (telegram_id, first_name)
      select coalesce((select max(u.telegram_id) from public.users as u), 0) + n, 'Bench'
      from generate_series(1, ${count}) as n
      returning id
    )
    insert into private.sessions (user_id, expires_at)
    select m.id, now() + interval '1 day' from made as m
    returning user_id, id as session_id`;
  await sql`
    insert into public.credit_ledger (user_id, delta, kind, note)
    select unnest(${rows.map((row) => row.user_id)}::uuid[]), ${credits}, 'grant', 'benchmark'`;
  const tokens = createAccessTokens({
    key: { algorithm: "HS256", secret: variables.JWT_SECRET ?? "" },
    supabaseUrl: url,
    now: Date.now,
  });
  return await Promise.all(rows.map(async ({ user_id: id, session_id: sessionId }) => {
    const { accessToken } = await tokens.issue({ userId: id, sessionId });
    return { id, token: accessToken };
  }));
}
