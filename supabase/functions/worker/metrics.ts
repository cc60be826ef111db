/** GET /worker/metrics: what the database counts, under the names that dashboards and alerts use. */
import type { RpcClient } from "../_shared/db/rpc.ts";
import {
  type Histogram,
  type MetricFamily,
  writeOpenMetrics,
} from "../_shared/observability/open_metrics.ts";

/** What the SQL function `read_metrics` gives. */
export interface MetricsSnapshot {
  /** One that is not known is absent. */
  gauges: Readonly<Record<string, number | string | boolean>>;
  counters: readonly { metric: string; label: string; total: number }[];
}

const GAUGES: readonly [name: string, key: string, help: string][] = [
  ["queue_depth", "generations_pending", "Generations that wait to start."],
  ["queue_oldest_seconds", "oldest_pending_seconds", "Age of the oldest one that waits."],
  ["generations_processing", "generations_processing", "Generations that have started."],
  ["in_flight", "in_flight", "Slots of the semaphore in use: calls to the provider."],
  ["concurrency_limit", "concurrency_limit", "Slots there are, lowered after rate refusals."],
  ["service_seconds", "service_seconds", "Measured time from a claim to the provider's answer."],
  ["expired_leases", "expired_leases", "Attempts of workers that are lost; the sweep ends them."],
  ["sweep_age_seconds", "sweep_age_seconds", "Time since the sweep last ended well."],
  ["object_deletions", "object_deletions", "Objects that are to be removed from the bucket."],
  ["ledger_violations", "ledger_violations", "Violations of the ledger at the last check."],
  ["ledger_check_age_seconds", "ledger_check_age_seconds", "Time since the ledger was checked."],
];

/** Label values that are told from the start, at zero: a rate needs something to rise from. */
const COUNTERS: readonly [
  name: string,
  metric: string,
  label: string,
  known: string[],
  help: string,
][] = [
  [
    "attempts",
    "attempts",
    "outcome",
    ["completed", "permanent", "transient", "storage", "rate", "money", "configuration", "lost"],
    "Attempts that ended.",
  ],
  ["credits_added", "credits_added", "kind", ["signup", "refund"], "Credits added to balances."],
  ["credits_taken", "credits_taken", "kind", ["generation"], "Credits taken from balances."],
  ["ledger_entries", "ledger_entries", "kind", ["generation", "refund"], "Entries of the ledger."],
  [
    "refusals",
    "refusals",
    "code",
    ["rate_limited", "generation_paused"],
    "Requests refused for the load or the caller's means.",
  ],
  [
    "cold_starts",
    "cold_starts",
    "function",
    ["auth", "generation", "payments", "telegram", "uploads", "worker"],
    "Isolates that answered their first request.",
  ],
];

const PAUSES = ["operator", "money", "storage", "configuration", "rate"];
const BOUNDS_MS = [
  ...[1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000],
  ...[45_000, 60_000, 90_000, 120_000, 180_000, 300_000],
];

/** Reads all of it, by one call. */
export async function readMetrics(db: RpcClient): Promise<string> {
  return writeOpenMetrics(toFamilies(await db.rpc<MetricsSnapshot>("read_metrics")));
}

/** Gives the metrics of a snapshot their public names. */
export function toFamilies(snapshot: MetricsSnapshot): (MetricFamily | Histogram)[] {
  const { gauges, counters } = snapshot;
  const totalsOf = (metric: string) =>
    new Map(counters.filter((one) => one.metric === metric).map((one) => [one.label, one.total]));
  return [
    ...GAUGES.map(([name, key, help]): MetricFamily => ({
      name: `pixelpop_${name}`,
      type: "gauge",
      help,
      samples: typeof gauges[key] === "number" ? [{ value: gauges[key] }] : [],
    })),
    pausesOf(gauges),
    ...COUNTERS.map(([name, metric, label, known, help]): MetricFamily => {
      const totals = new Map([...known.map((value) => [value, 0] as const), ...totalsOf(metric)]);
      return {
        name: `pixelpop_${name}`,
        type: "counter",
        help,
        samples: [...totals].map(([value, total]) => ({
          labels: { [label]: value },
          value: total,
        })),
      };
    }),
    latencyOf(totalsOf("provider_calls"), totalsOf("provider_milliseconds").get("") ?? 0),
  ];
}

function pausesOf(gauges: MetricsSnapshot["gauges"]): MetricFamily {
  const isPaused = (kind: string) =>
    kind === "rate" ? gauges.rate_paused === true : gauges.pause_kind === kind;
  return {
    name: "pixelpop_paused",
    type: "gauge",
    help: "1 while nothing starts for this reason.",
    samples: PAUSES.map((kind) => ({ labels: { kind }, value: Number(isPaused(kind)) })),
  };
}

function latencyOf(calls: ReadonlyMap<string, number>, totalMs: number): Histogram {
  return {
    name: "pixelpop_provider_latency_seconds",
    type: "histogram",
    help: "Time of the provider's calls that brought a picture.",
    buckets: BOUNDS_MS.map((ms) => ({ bound: ms / 1_000, count: calls.get(String(ms)) ?? 0 })),
    above: calls.get("") ?? 0,
    sum: totalMs / 1_000,
  };
}
