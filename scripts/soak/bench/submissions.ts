/** Submits generations: by the API as clients do, or straight into the queue. */
import type { BenchStack } from "./bench_stack.ts";
import type { BenchUser } from "./users.ts";

/** What POST /generation answered. */
export interface Submitted {
  status: number;
  /** The error's code; `null` for an accepted one. */
  code: string | null;
  /** The generation's id; `null` for a refused one. */
  id: string | null;
  retryAfterSeconds: number | null;
  /** Promised seconds to the picture; `null` for a refused one. */
  etaSeconds: number | null;
}

/** Posts one generation. Never throws for an answer, whatever it is. */
export async function submit(
  { url }: Pick<BenchStack, "url">,
  { user, prompt, headers = {} }: {
    user: BenchUser;
    prompt: string;
    headers?: Record<string, string>;
  },
): Promise<Submitted> {
  const response = await fetch(`${url}/functions/v1/generation`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${user.token}`,
      ...headers,
    },
    body: JSON.stringify({ prompt, quality: "low" }),
  });
  const answer = await response.json();
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    code: response.ok ? null : answer.code,
    id: response.ok ? answer.id : null,
    retryAfterSeconds: retryAfter === null ? null : Number(retryAfter),
    etaSeconds: response.ok ? answer.queue.eta_seconds : null,
  };
}

/** Posts one generation that must be accepted. @throws {Error} When it is refused. */
export async function submitAccepted(
  stack: Pick<BenchStack, "url">,
  submission: { user: BenchUser; prompt: string; headers?: Record<string, string> },
): Promise<string> {
  const { status, code, id } = await submit(stack, submission);
  if (id === null) throw new Error(`A submission was refused: ${status} "${code}", wanted 202`);
  return id;
}

/** Fills the queue in one transaction: for each user in turn, in the given order. Prompts are `<prefix> <n>`. */
export async function fillQueue(
  { sql }: Pick<BenchStack, "sql">,
  { userIds, prefix }: { userIds: readonly string[]; prefix: string },
): Promise<void> {
  const [row] = await sql`
    select count(*) filter (where s.result ->> 'outcome' <> 'accepted')::integer as refused,
      min(s.result #>> '{refusal,message}') as why
    from (
      select public.submit_generations(jsonb_build_array(jsonb_build_object(
        'generation_id', gen_random_uuid(), 'user_id', u.id, 'prompt', ${prefix} || ' ' || u.place,
        'size', '1024x1024', 'quality', 'low', 'output_format', 'png'))) -> 0 as result
      from unnest(${userIds}::uuid[]) with ordinality as u (id, place)
      order by u.place
    ) as s`;
  if (row?.refused !== 0) {
    throw new Error(`${row?.refused} of ${userIds.length} were refused, wanted 0: ${row?.why}`);
  }
}

/** Waits until no generation is unfinished; tells `onProgress` how many are left, twice a second. */
export async function waitUntilFinished(
  { sql }: Pick<BenchStack, "sql">,
  { onProgress, timeoutSeconds }: { onProgress: (left: number) => void; timeoutSeconds: number },
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (true) {
    const [row] = await sql`
      select count(*)::integer as left from public.generations where status in ('PENDING', 'PROCESSING')`;
    const left: number = row?.left;
    onProgress(left);
    if (left === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`${left} generations are not finished after ${timeoutSeconds} s, wanted 0`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
