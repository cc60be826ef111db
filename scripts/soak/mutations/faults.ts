/** Small faults that the tests must find: each is one change of one file, and the tests that should fail by it. */

/** A fault. */
export interface Fault {
  /** The schema file of a function or view, or a source file. */
  file: string;
  /** Text that the file has exactly once. */
  from: string;
  to: string;
  /** Filters of `deno task test` that are enough to find it. */
  tests: readonly string[];
}

const SQL = "supabase/schemas";
const CODE = "supabase/functions";
const UNIT = `${CODE}/tests/unit`;

/** Faults in SQL. */
const SQL_FAULTS: readonly Fault[] = [
  {
    file: `${SQL}/30_generations/functions/finish_without_picture.sql`,
    from: "(generation).cost, 'refund'",
    to: "0, 'refund'",
    tests: ["supabase/tests/fail_generation"],
  },
  {
    file: `${SQL}/30_generations/functions/finish_without_picture.sql`,
    from: "  perform private.enqueue_next((generation).user_id);\n",
    to: "",
    tests: ["supabase/tests/"],
  },
  {
    file: `${SQL}/30_generations/functions/finish_without_picture.sql`,
    from: "if (generation).attempt > 0 and",
    to: "if (generation).attempt > 1 and",
    tests: ["supabase/tests/"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "when l.credits < l.price then",
    to: "when l.credits <= l.price then",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "l.unfinished >= tuning.max_pending_per_user",
    to: "l.unfinished > tuning.max_pending_per_user",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "and s.revoked_at is not null",
    to: "and s.revoked_at is null",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "k.request_hash is distinct from r.submission ->> 'request_hash'",
    to: "k.request_hash is not distinct from r.submission ->> 'request_hash'",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "and g.user_id = r.user_id\n    left join lateral",
    to: "\n    left join lateral",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/check_submissions.sql`,
    from: "offset tuning.max_blocked_per_hour - 1",
    to: "offset tuning.max_blocked_per_hour",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/admit_submissions.sql`,
    from: "w.wait_seconds > tuning.max_queue_seconds then private.refusal(",
    to: "w.wait_seconds > 2 * tuning.max_queue_seconds then private.refusal(",
    tests: ["supabase/tests/submit_generations", "supabase/tests/queue_estimate"],
  },
  {
    file: `${SQL}/30_generations/functions/admit_submissions.sql`,
    from: "c.in_queue < tuning.per_user_concurrency as enters_queue",
    to: "c.in_queue <= tuning.per_user_concurrency as enters_queue",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/submit_generations.sql`,
    from: "-(i.g).cost, 'generation'",
    to: "-(i.g).cost + 1, 'generation'",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/submit_generations.sql`,
    from: "a.balance - a.price, a.estimate",
    to: "a.balance, a.estimate",
    tests: ["supabase/tests/submit_generations"],
  },
  {
    file: `${SQL}/30_generations/functions/delete_generation.sql`,
    from: "    or generation.user_id <> delete_generation.user_id\n",
    to: "",
    tests: ["supabase/tests/delete_generation"],
  },
  {
    file: `${SQL}/30_generations/functions/get_generation.sql`,
    from: "    and g.user_id = get_generation.user_id\n",
    to: "",
    tests: ["supabase/tests/get_generation"],
  },
  {
    file: `${SQL}/30_generations/functions/list_generations.sql`,
    from: "(g.created_at, g.id) < (",
    to: "(g.created_at, g.id) <= (",
    tests: ["supabase/tests/list_generations"],
  },
  {
    file: `${SQL}/10_users/functions/refresh_session.sql`,
    from: "interval := '30 seconds'",
    to: "interval := '30 minutes'",
    tests: ["supabase/tests/refresh_session"],
  },
  {
    file: `${SQL}/10_users/functions/refresh_session.sql`,
    from: "    or session.revoked_at is not null\n",
    to: "",
    tests: ["supabase/tests/refresh_session"],
  },
  {
    file: `${SQL}/10_users/functions/login_user.sql`,
    from: "is_new := found;",
    to: "is_new := true;",
    tests: ["supabase/tests/login_user"],
  },
  {
    file: `${SQL}/10_users/functions/take_rate_limit_token.sql`,
    from: "allowed := left_over >= 1;",
    to: "allowed := left_over > 1;",
    tests: ["supabase/tests/"],
  },
  {
    file: `${SQL}/10_users/functions/take_rate_limit_token.sql`,
    from: "instant - least(instant, r.updated_at)",
    to: "instant - r.updated_at",
    tests: ["supabase/tests/", "time_shift_test"],
  },
  {
    file: `${SQL}/40_queue/functions/claim_generations.sql`,
    from: "          and c.message_id = any (message_ids)\n",
    to: "",
    tests: ["supabase/tests/claim_generations"],
  },
  {
    file: `${SQL}/40_queue/functions/claim_generations.sql`,
    from: "least(quantity, private.free_slots(), private.images_in_budget())",
    to: "least(quantity, private.images_in_budget())",
    tests: ["supabase/tests/claim_generations"],
  },
  {
    file: `${SQL}/40_queue/functions/claim_generations.sql`,
    from: "  perform private.release_slots(provider_finished);\n",
    to: "",
    tests: ["supabase/tests/claim_generations"],
  },
  {
    file: `${SQL}/40_queue/functions/fail_generation.sql`,
    from: "    or generation.attempt <> fail_generation.attempt\n",
    to: "",
    tests: ["supabase/tests/fail_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/fail_generation.sql`,
    from: "private.count_purchases(generation.id) >= 2",
    to: "private.count_purchases(generation.id) >= 3",
    tests: ["supabase/tests/fail_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/fail_generation.sql`,
    from: "kind in ('money', 'storage', 'configuration')",
    to: "kind in ('money', 'configuration')",
    tests: ["supabase/tests/fail_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/complete_generation.sql`,
    from: "    or generation.attempt <> complete_generation.attempt\n",
    to: "",
    tests: ["supabase/tests/complete_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/complete_generation.sql`,
    from: "  perform pgmq.delete('generations', generation.message_id);\n",
    to: "",
    tests: ["supabase/tests/complete_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/expire_lease.sql`,
    from: "a.lease_expires_at > pg_catalog.clock_timestamp()",
    to: "a.lease_expires_at < pg_catalog.clock_timestamp()",
    tests: ["supabase/tests/expire_lease"],
  },
  {
    file: `${SQL}/40_queue/functions/extend_leases.sql`,
    from: "n.worker_id = extend_leases.worker_id and ",
    to: "",
    tests: ["supabase/tests/extend_leases"],
  },
  {
    file: `${SQL}/40_queue/functions/expire_waiting.sql`,
    from: "is_stopped or g.queued_at < deadline",
    to: "is_stopped",
    tests: ["supabase/tests/expire_waiting"],
  },
  {
    file: `${SQL}/40_queue/functions/lower_pace.sql`,
    from: "coalesce(p.concurrency_limit, s.max_concurrent)) / 2)",
    to: "coalesce(p.concurrency_limit, s.max_concurrent)))",
    tests: ["supabase/tests/fail_generation"],
  },
  {
    file: `${SQL}/40_queue/functions/clean_up.sql`,
    from: "interval '24 hours'",
    to: "interval '24 minutes'",
    tests: ["supabase/tests/clean_up"],
  },
  {
    file: `${SQL}/40_queue/functions/images_in_budget.sql`,
    from: "interval '61 seconds'",
    to: "interval '6 seconds'",
    tests: ["supabase/tests/claim_generations"],
  },
  {
    file: `${SQL}/50_delivery/functions/claim_bot_messages.sql`,
    from: "      and b.seen_at is null\n",
    to: "",
    tests: ["supabase/tests/claim_bot_messages", "bot_message_test"],
  },
  {
    file: `${SQL}/90_admin/functions/erase_user.sql`,
    from: "  delete from private.sessions as s where s.user_id = account.id;\n",
    to: "",
    tests: ["supabase/tests/admin"],
  },
  {
    file: `${SQL}/90_admin/views/ledger_violations.sql`,
    from: "where u.credits <> coalesce(s.total, 0)",
    to: "where u.credits < coalesce(s.total, 0)",
    tests: ["supabase/tests/ledger_violations"],
  },
];

/** Faults in TypeScript. */
const CODE_FAULTS: readonly Fault[] = [
  {
    file: `${CODE}/_shared/telegram/init_data.ts`,
    from: "ageMs > options.maxAgeSeconds * 1000",
    to: "ageMs > options.maxAgeSeconds * 10000",
    tests: [`${UNIT}/auth_handler_test`],
  },
  {
    file: `${CODE}/_shared/telegram/init_data.ts`,
    from: "if (fields.has(name)) throw",
    to: "if (!fields.has(name) && false) throw",
    tests: [`${CODE}/tests/auth_test`],
  },
  {
    file: `${CODE}/_shared/auth/access_token.ts`,
    from: "      requireOneSpelling(token);\n",
    to: "",
    tests: [`${UNIT}/access_token_test`],
  },
  {
    file: `${CODE}/_shared/auth/access_token.ts`,
    from: "aud === AUDIENCE && role === AUDIENCE &&",
    to: "aud === AUDIENCE &&",
    tests: [`${UNIT}/access_token_test`],
  },
  {
    file: `${CODE}/_shared/limits/rate_limiter.ts`,
    from: "decision.value.allowed && redis.cameBackLately",
    to: "redis.cameBackLately",
    tests: [`${UNIT}/rate_limiter_test`],
  },
  {
    file: `${CODE}/_shared/limits/rate_limiter.ts`,
    from: "if (answer.remaining >= limit) {",
    to: "if (answer.remaining > limit) {",
    tests: [`${UNIT}/rate_limiter_test`, "limits_redis_test"],
  },
  {
    file: `${CODE}/_shared/concurrency/circuit_breaker.ts`,
    from: `"half-open": { probe_failed: "open", probe_succeeded: "closed" }`,
    to: `"half-open": { probe_failed: "closed", probe_succeeded: "closed" }`,
    tests: [`${UNIT}/redis_client_test`],
  },
  {
    file: `${CODE}/_shared/storage/object_store.ts`,
    from: `if (status === 412) return "exists";`,
    to: `if (status === 412) return "stored";`,
    tests: [`${UNIT}/object_store_test`],
  },
  {
    file: `${CODE}/_shared/storage/object_store.ts`,
    from: `error.code !== "NoSuchBucket"`,
    to: `error.code !== "NoSuchKey"`,
    tests: [`${UNIT}/object_store`],
  },
  {
    file: `${CODE}/_shared/openai/failure.ts`,
    from: "ambiguous: status === 502 || isTimeout",
    to: "ambiguous: isTimeout",
    tests: [`${UNIT}/openai_failure_test`],
  },
  {
    file: `${CODE}/_shared/openai/failure.ts`,
    from: "if (param && !USER_PARAM.test(param))",
    to: "if (param && USER_PARAM.test(param))",
    tests: [`${UNIT}/openai_failure_test`],
  },
  {
    file: `${CODE}/_shared/openai/public_address.ts`,
    from: `  ["169.254.0.0", 16],\n`,
    to: "",
    tests: [`${UNIT}/public_address_test`],
  },
  {
    file: `${CODE}/worker/run_job.ts`,
    from: "if (job.attempt > 1 && await",
    to: "if (job.attempt > 2 && await",
    tests: [`${CODE}/tests/worker_test`],
  },
  {
    file: `${CODE}/worker/run_job.ts`,
    from: "  lease.letFinish();\n",
    to: "",
    tests: [`${UNIT}/run_job_test`, `${UNIT}/leases_test`, "worker_test"],
  },
  {
    file: `${CODE}/worker/run_job.ts`,
    from: `if (outcome === "stale" && unwanted) await deps`,
    to: `if (outcome === "stale" && !unwanted) await deps`,
    tests: [`${UNIT}/run_job_test`],
  },
  {
    file: `${CODE}/worker/leases.ts`,
    from: "entry.endsAt = askedAt + entry.leaseMs",
    to: "entry.endsAt = runtime.now() + 2 * entry.leaseMs",
    tests: [`${UNIT}/leases_test`],
  },
  {
    file: `${CODE}/worker/dispatcher.ts`,
    from: "      released = [...finished, ...released];\n",
    to: "",
    tests: [`${UNIT}/dispatcher_test`],
  },
  {
    file: `${CODE}/worker/dispatcher.ts`,
    from: "bytesInHand < options.memoryBytes",
    to: "bytesInHand <= 2 * options.memoryBytes",
    tests: [`${UNIT}/dispatcher_test`],
  },
  {
    file: `${CODE}/worker/handler.ts`,
    from: "if (await equalSecrets(",
    to: "if (equalSecrets(",
    tests: [`${UNIT}/worker_handler_test`],
  },
  {
    file: `${CODE}/generation/submission_batches.ts`,
    from: `result.outcome === "busy") sendAgain(each)`,
    to: `result.outcome === "busy") each.settle.resolve(result)`,
    tests: [`${UNIT}/submission_batches_test`],
  },
  {
    file: `${CODE}/generation/admission.ts`,
    from: `if (claim === "replay" || claim === "unknown") return`,
    to: `if (claim === "replay") return`,
    tests: [`${UNIT}/admission_test`],
  },
  {
    file: `${CODE}/generation/handler.ts`,
    from: "rows.length > size && last !== undefined",
    to: "rows.length >= size && last !== undefined",
    tests: [`${CODE}/tests/api_test`],
  },
  {
    file: `${CODE}/_shared/db/rpc.ts`,
    from: `  PX410: "already_started",\n`,
    to: "",
    tests: [`${UNIT}/rpc_test`, `${CODE}/tests/api_test`],
  },
];

/** Every fault. */
export const FAULTS: readonly Fault[] = [...SQL_FAULTS, ...CODE_FAULTS];
