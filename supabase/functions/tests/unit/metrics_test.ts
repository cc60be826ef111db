import { assert, assertEquals } from "@std/assert";
import { writeOpenMetrics } from "../../_shared/observability/open_metrics.ts";
import { toFamilies } from "../../worker/metrics.ts";

const NOTHING = { gauges: {}, counters: [] };

Deno.test("writeOpenMetrics escapes what a label and a help text may hold", () => {
  const text = writeOpenMetrics([{
    name: "a",
    type: "counter",
    help: "one\ntwo",
    samples: [{ labels: { b: 'x"y\\z\n' }, value: 1.5 }],
  }]);
  assertEquals(
    text,
    '# TYPE a counter\n# HELP a one\\ntwo\na_total{b="x\\"y\\\\z\\n"} 1.5\n# EOF\n',
  );
});

Deno.test("toFamilies adds the buckets of the latency up", () => {
  const counters = [
    { metric: "provider_calls", label: "1000", total: 2 },
    { metric: "provider_calls", label: "20000", total: 3 },
    { metric: "provider_calls", label: "", total: 1 },
    { metric: "provider_milliseconds", label: "", total: 64_500 },
  ];
  const text = writeOpenMetrics(toFamilies({ gauges: {}, counters }));
  const count = (le: string) =>
    Number(text.match(new RegExp(`latency_seconds_bucket\\{le="${le}"\\} (\\d+)`))?.[1]);
  assertEquals(["1.0", "15.0", "20.0", "300.0", "\\+Inf"].map(count), [2, 2, 5, 5, 6]);
  assert(text.includes("latency_seconds_sum 64.5\n"));
});

for (const file of ["grafana.json", "alerts.yml"]) {
  Deno.test(`every metric that docs/${file} reads is told`, async () => {
    const text = await Deno.readTextFile(new URL(`../../../../docs/${file}`, import.meta.url));
    const told = new Set(
      toFamilies(NOTHING).flatMap(({ name, type }) => {
        if (type === "counter") return [`${name}_total`];
        return type === "gauge" ? [name] : [`${name}_bucket`];
      }),
    );
    const read = new Set(text.match(/pixelpop_\w+/g));
    assert(read.size > 8, "they are found");
    assertEquals([...read].filter((name) => !told.has(name)), []);
  });
}
