/** Writes metrics as OpenMetrics text, version 1.0. */

/** A value with its labels. */
export interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** Metrics of one name. Counters are named without `_total`, which their samples get. */
export interface MetricFamily {
  name: string;
  type: "gauge" | "counter";
  help: string;
  samples: readonly Sample[];
}

/** A histogram without labels; `buckets` hold what is in each alone, by its upper bound. */
export interface Histogram {
  name: string;
  type: "histogram";
  help: string;
  /** In rising order; what is above the last is `above`. */
  buckets: readonly { bound: number; count: number }[];
  above: number;
  sum: number;
}

/** What the answer's content type has to be. */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Writes the families one after another, and the end mark. */
export function writeOpenMetrics(families: readonly (MetricFamily | Histogram)[]): string {
  const lines = families.flatMap((family) => [
    `# TYPE ${family.name} ${family.type}`,
    `# HELP ${family.name} ${escape(family.help)}`,
    ...(family.type === "histogram" ? histogramLines(family) : sampleLines(family)),
  ]);
  return `${lines.join("\n")}\n# EOF\n`;
}

function sampleLines({ name, type, samples }: MetricFamily): string[] {
  const suffix = type === "counter" ? "_total" : "";
  return samples.map(({ labels = {}, value }) => `${name}${suffix}${labelText(labels)} ${value}`);
}

function histogramLines({ name, buckets, above, sum }: Histogram): string[] {
  let count = 0;
  const lines = buckets.map(({ bound, count: own }) => {
    count += own;
    return `${name}_bucket${labelText({ le: boundText(bound) })} ${count}`;
  });
  count += above;
  return [
    ...lines,
    `${name}_bucket${labelText({ le: "+Inf" })} ${count}`,
    `${name}_count ${count}`,
    `${name}_sum ${sum}`,
  ];
}

// Bounds are floats in the text, also where they are whole.
function boundText(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
