/** The yardstick of `submit`: one plain insert of the same width, by an RPC of the benchmark's own. */
import type { BenchStack } from "./bench_stack.ts";
import type { BenchUser } from "./users.ts";

/** Makes the table and the function in the benchmark's database. */
export async function createBareInsert({ sql }: Pick<BenchStack, "sql">): Promise<void> {
  await sql.unsafe(`
    create table private.bench_rows (
      id uuid primary key default gen_random_uuid(),
      user_id uuid not null, session_id uuid, prompt text not null, size text not null, quality text not null,
      output_format text not null, idempotency_key text, request_hash text,
      created_at timestamptz not null default now()
    );
    grant insert, select on private.bench_rows to service_role;
    create function public.bench_insert(
      user_id uuid, session_id uuid, prompt text, size text, quality text, output_format text,
      idempotency_key text, request_hash text, enforce_rate_limit boolean
    ) returns jsonb language sql security invoker set search_path = '' as $$
      insert into private.bench_rows
        (user_id, session_id, prompt, size, quality, output_format, idempotency_key, request_hash)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      returning jsonb_build_object('id', id, 'created_at', created_at)
    $$;
    revoke all on function public.bench_insert from public, anon, authenticated;
    grant execute on function public.bench_insert to service_role;`);
}

/** Inserts one row, with the secret key, through the same gateway and Data API. */
export async function insertBare(
  { url, variables }: Pick<BenchStack, "url" | "variables">,
  { user, prompt }: { user: BenchUser; prompt: string },
): Promise<void> {
  const response = await fetch(`${url}/rest/v1/rpc/bench_insert`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      apikey: variables.SUPABASE_SECRET_KEY ?? "",
    },
    body: JSON.stringify({
      user_id: user.id,
      session_id: null,
      prompt,
      size: "1024x1024",
      quality: "low",
      output_format: "png",
      idempotency_key: null,
      request_hash: null,
      enforce_rate_limit: false,
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The bare insert answered ${response.status}: ${text}`);
}
