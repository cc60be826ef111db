/** Faults of a whole stack, each made on purpose and mended again. */
import type { WholeStack } from "../../../supabase/functions/tests/e2e/whole_stack.ts";
import type { Check } from "../check.ts";
import { anonymous } from "../checks/anonymous.ts";
import { bucketCors } from "../checks/bucket_cors.ts";
import { bucketPictures } from "../checks/bucket_pictures.ts";
import { realtime } from "../checks/realtime.ts";
import { ring } from "../checks/ring.ts";
import { tokens } from "../checks/tokens.ts";
import { workerSecret } from "../checks/worker_secret.ts";
import { type Changes, type Expected, fetchWith } from "./fixture.ts";

/** One of them. */
export interface StackFault extends Expected {
  name: string;
  check: Check;
  changes?: Changes;
  /** A statement that breaks the stack, and one that mends it. */
  break?: string;
  mend?: string;
}

const SET_SECRET = (name: string, value: string) =>
  `select vault.update_secret((select id from vault.secrets where name = '${name}'), ${value})`;
const OTHER_JWT_SECRET = "another-secret-of-the-tests-with-32-characters";

/** All of them, for this stack. */
export function faultsOf({ variables }: WholeStack): StackFault[] {
  const workerUrl = `'${variables.SUPABASE_URL}/functions/v1/worker'`;
  return [
    {
      name: "a worker with another secret",
      check: workerSecret,
      changes: { env: { WORKER_SECRET: "another-secret-of-the-tests" } },
      level: "wrong",
      text: /refuses WORKER_SECRET/,
      cure: /supabase secrets set WORKER_SECRET/,
    },
    {
      name: "metrics that cannot be read",
      check: workerSecret,
      break: "alter function public.read_metrics() rename to read_metrics_away",
      mend: "alter function public.read_metrics_away() rename to read_metrics",
      level: "wrong",
      text: /metrics answer 500/,
      cure: /check migrations/,
    },
    {
      name: "a ring with another secret",
      check: ring,
      break: SET_SECRET("worker_secret", "'another-secret-of-the-tests'"),
      mend: SET_SECRET("worker_secret", `'${variables.WORKER_SECRET}'`),
      level: "wrong",
      text: /refuses the database's ring \(401\)/,
      cure: /deno task deploy sets both/,
    },
    {
      name: "a ring that finds nothing",
      check: ring,
      break: SET_SECRET("worker_url", `'${variables.SUPABASE_URL}/functions/v1/elsewhere'`),
      mend: SET_SECRET("worker_url", workerUrl),
      level: "wrong",
      text: /Nothing is at worker_url \(404\)/,
      cure: /functions deploy worker/,
    },
    {
      name: "a ring that reaches nobody",
      check: ring,
      break: SET_SECRET("worker_url", "'http://127.0.0.1:1/worker'"),
      mend: SET_SECRET("worker_url", workerUrl),
      level: "wrong",
      text: /database cannot reach the worker/,
      cure: /check vault/,
    },
    {
      name: "a ring without an address",
      check: ring,
      break: "update vault.secrets set name = 'away' where name = 'worker_url'",
      mend: "update vault.secrets set name = 'worker_url' where name = 'away'",
      level: "wrong",
      text: /cannot be rung/,
      cure: /check vault/,
    },
    {
      name: "a table that was granted to anon",
      check: anonymous,
      break: "grant select on public.prices to anon",
      mend: "revoke all on public.prices from anon",
      level: "wrong",
      text: /Anybody may ask for public\.prices \(200/,
      cure: /revoke all on table public\.prices from anon/,
    },
    {
      name: "a schema that is exposed",
      check: anonymous,
      changes: {
        fetch: fetchWith((_url, { headers }) =>
          new Headers(headers).get("accept-profile") === "private" ? Response.json([]) : undefined
        ),
      },
      level: "wrong",
      text: /schema private is exposed/,
      cure: /Exposed schemas: remove private/,
    },
    {
      name: "a publishable key of another project",
      check: anonymous,
      changes: { env: { SUPABASE_PUBLISHABLE_KEY: "sb_publishable_of_another_project" } },
      level: "wrong",
      text: /does not know SUPABASE_PUBLISHABLE_KEY/,
      cure: /API Keys/,
    },
    {
      name: "a signing key the Data API does not know",
      check: tokens,
      changes: { env: { JWT_SECRET: OTHER_JWT_SECRET } },
      level: "wrong",
      text: /refuses a token signed by our key/,
      cure: /JWT_SECRET must be the project's/,
    },
    {
      name: "rows that every user sees",
      check: tokens,
      break: "alter table public.generations disable row level security",
      mend: "alter table public.generations enable row level security",
      level: "wrong",
      text: /sees generations of others/,
      cure: /enable row level security/,
    },
    {
      name: "grants that are missing",
      check: tokens,
      break: "revoke select (id) on public.generations from authenticated",
      mend: "grant select (id) on public.generations to authenticated",
      level: "wrong",
      text: /answers a logged-in user with 403/,
      cure: /check migrations/,
    },
    {
      name: "a signing key Realtime does not know",
      check: realtime,
      changes: { env: { JWT_SECRET: OTHER_JWT_SECRET } },
      level: "wrong",
      text: /does not let a user into the own channel/,
      cure: /JWT_SECRET must be the project's/,
    },
    {
      name: "channels that are open to every user",
      check: realtime,
      break: "create policy open on realtime.messages for select to authenticated using (true)",
      mend: "drop policy open on realtime.messages",
      level: "wrong",
      text: /into another's channel/,
      cure: /policies .*realtime\.messages/,
    },
    {
      name: "a key pair the bucket refuses",
      check: bucketPictures,
      changes: { env: { AWS_SECRET_ACCESS_KEY: "another-secret" } },
      level: "wrong",
      text: /Cannot be checked/,
      cure: /s3:PutObject/,
    },
    {
      name: "pictures nobody can see",
      check: bucketPictures,
      changes: { env: { AWS_PUBLIC_BASE_URL: `${variables.SUPABASE_URL}/functions/v1/nothing` } },
      level: "wrong",
      text: /Nobody can see what is under generations\//,
      cure: /bucket_policy\.json/,
    },
    {
      name: "pages that may not read pictures",
      check: bucketCors,
      changes: {
        fetch: fetchWith((_url, { method }) =>
          method === "OPTIONS" ? new Response(null, { status: 403 }) : undefined
        ),
      },
      level: "wrong",
      text: /may not read pictures/,
      cure: /put-bucket-cors/,
    },
  ];
}
