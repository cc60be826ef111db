/** GET /worker/metrics over a real database, read back by a parser of the format. */
import { assert, assertEquals } from "@std/assert";
import parsePrometheus from "parse-prometheus-text-format";
import { createRpcClient } from "../../_shared/db/rpc.ts";
import { readMetrics } from "../../worker/metrics.ts";
import { type Backend, startBackend } from "../backend.ts";

interface ParsedFamily {
  name: string;
  type: string;
  metrics: {
    value?: string;
    labels?: Record<string, string>;
    buckets?: Record<string, string>;
    count?: string;
    sum?: string;
  }[];
}

async function scrape({ environment, runtime }: Backend) {
  const db = createRpcClient({
    url: environment.SUPABASE_URL ?? "",
    secretKey: environment.SUPABASE_SECRET_KEY ?? "",
    fetch: runtime.fetch,
  });
  const text = await readMetrics(db);
  const families = parsePrometheus(text) as ParsedFamily[];
  return {
    text,
    family: (name: string) => families.find((family) => family.name === `pixelpop_${name}`),
    value(name: string, label?: string): number {
      const metrics = families.find((family) => family.name === `pixelpop_${name}`)?.metrics ?? [];
      const found = metrics.find(({ labels }) => Object.values(labels ?? {})[0] === label);
      return Number(found?.value ?? NaN);
    },
  };
}

async function submit(backend: Backend, prompt: string): Promise<void> {
  const { token } = await backend.logIn();
  const response = await backend.send("generation", {
    method: "POST",
    token,
    body: { prompt, quality: "medium" },
  });
  assertEquals(response.status, 202);
  await response.body?.cancel();
}

Deno.test("readMetrics tells queue, attempts, latency, credits and refunds as they are", async () => {
  await using backend = await startBackend();
  const before = await scrape(backend);
  assertEquals(before.value("attempts_total", "completed"), 0, "told before anything happened");
  await submit(backend, "a fox");
  await submit(backend, "[moderation] something");
  await backend.work();
  await submit(backend, "a hare that waits");
  const { value, family, text } = await scrape(backend);
  assertEquals(value("queue_depth"), 1);
  assert(value("queue_oldest_seconds") >= 0);
  assertEquals(value("in_flight"), 0);
  assertEquals(value("attempts_total", "completed"), 1);
  assertEquals(value("attempts_total", "permanent"), 1);
  assertEquals(value("credits_taken_total", "generation"), 12);
  assertEquals(value("credits_added_total", "refund"), 4);
  assertEquals(value("credits_added_total", "signup"), 60);
  assertEquals(value("ledger_entries_total", "refund"), 1);
  const latency = family("provider_latency_seconds");
  assertEquals([latency?.type, latency?.metrics[0]?.count], ["HISTOGRAM", "1"]);
  assertEquals(latency?.metrics[0]?.buckets?.["+Inf"], "1");
  assert(text.endsWith("\n# EOF\n"));
});

Deno.test("readMetrics tells a pause by its kind, and what was never measured not at all", async () => {
  await using backend = await startBackend();
  const { sql } = backend;
  const before = await scrape(backend);
  assertEquals([before.value("paused", "money"), before.value("paused", "rate")], [0, 0]);
  assertEquals(before.value("ledger_violations"), NaN);
  assertEquals(before.value("sweep_age_seconds"), NaN);
  await sql`select private.pause_provider('money', 'no funds')`;
  await sql`update private.provider_state set rate_paused_until = now() + interval '1 hour'`;
  await sql`select private.check_ledger()`;
  const { value } = await scrape(backend);
  const kinds = ["operator", "money", "storage", "configuration", "rate"];
  assertEquals(kinds.map((kind) => value("paused", kind)), [0, 1, 0, 0, 1]);
  assertEquals(value("ledger_violations"), 0);
  assert(value("ledger_check_age_seconds") >= 0);
});
