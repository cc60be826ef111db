/** Users who press twice, who have no credits left, who change their minds: all at once. */
import { inspectFunctionError } from "./function_error.ts";
import { inParallel } from "../in_parallel.ts";
import { type Context, fill, logUsersIn, type Scenario, untilEnded } from "./scenario.ts";
import { drawSubmission, type Submission, type User } from "./users.ts";

interface Answer {
  status: number;
  /** Of a refusal. */
  code?: string;
  body?: { id: string };
}

async function post(user: User, submission: Submission, key?: string): Promise<Answer> {
  const { data, error, response } = await user.client.functions.invoke("generation", {
    method: "POST",
    body: submission,
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
  if (error !== null) return await inspectFunctionError(error);
  return { status: response?.status ?? 0, body: data };
}

/** Submissions at once. */
export const SUBMISSION_SCENARIOS: readonly Scenario[] = [
  {
    name: "one_key",
    about: "100 submissions at once under one idempotency key: 1 row, 1 debit, 100 equal answers",
    async run(context) {
      const { arena, random, violations } = context;
      const [user] = await logUsersIn(context, 1);
      const submission = drawSubmission(random, "one key");
      const key = crypto.randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => post(user!, submission, key)),
      );
      const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)));
      const accepted = answers.filter(({ status }) => status === 202).length;
      const replayed = answers.filter(({ status }) => status === 200).length;
      if (bodies.size !== 1) violations.push(`${bodies.size} different answers under one key`);
      if (accepted !== 1 || replayed !== 99) {
        const strange = answers.filter(({ code }) => code !== undefined)
          .map(({ status, code }) => `${status} ${code}`);
        violations.push(
          `${accepted} answers 202 and ${replayed} answers 200, wanted 1 and 99: ${strange}`,
        );
      }
      noteJobs(context, { user: user!, submission, answers: answers.slice(0, 1) });
      const [row] = await arena.sql`
        select count(*)::int as rows, count(distinct l.id)::int as debits
        from public.generations as g join public.credit_ledger as l on l.generation_id = g.id
        where g.user_id = ${user!.id}`;
      if (row?.rows !== 1 || row?.debits !== 1) {
        violations.push(`${row?.rows} rows and ${row?.debits} debits under one key`);
      }
      await untilEnded(context);
    },
  },
  {
    name: "last_credit",
    about: "credits for one picture, 50 submissions at once: 1 accepted, 49 times 402",
    async run(context) {
      const { arena, random, violations } = context;
      const [user] = await logUsersIn(context, 1);
      await arena.sql`
        select admin.grant_credits(${user!.telegramId}, ${1 - user!.credits}, 'all but one')`;
      user!.credits = 1;
      const submission = drawSubmission(random, "last credit");
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => post(user!, submission)),
      );
      const refused =
        answers.filter(({ status, code }) => status === 402 && code === "insufficient_credits")
          .length;
      const accepted = answers.filter(({ status }) => status === 202);
      if (accepted.length !== 1 || refused !== 49) {
        violations.push(`${accepted.length} accepted and ${refused} times 402, wanted 1 and 49`);
      }
      noteJobs(context, { user: user!, submission, answers: accepted });
      await untilEnded(context);
    },
  },
  {
    name: "cancelled",
    about: "users cancel while workers claim: refunded or already started, never both",
    settings: { max_concurrent: 2 },
    async run(context) {
      const { violations, notes } = context;
      const jobs = await fill(context, { jobs: 40, concurrency: 20 });
      const answers = await inParallel(8, jobs.toReversed(), async ({ id, user }) => {
        const { error } = await user.client.functions.invoke(`generation/${id}`, {
          method: "DELETE",
        });
        return error === null ? "cancelled" : (await inspectFunctionError(error)).code;
      });
      const cancelled = answers.filter((answer) => answer === "cancelled").length;
      const strange = answers.filter((answer) =>
        !["cancelled", "already_started"].includes(answer)
      );
      if (strange.length > 0) violations.push(`DELETE answers ${strange.join(", ")}`);
      notes.push(`${cancelled} cancelled or deleted`);
      await untilEnded(context);
    },
  },
];

function noteJobs(
  { arena }: Context,
  { user, submission, answers }: { user: User; submission: Submission; answers: Answer[] },
): void {
  const { prompt, size, output_format: format } = submission;
  for (const { body } of answers) {
    if (body !== undefined) arena.jobs.push({ id: body.id, user, prompt, size, format });
  }
}
