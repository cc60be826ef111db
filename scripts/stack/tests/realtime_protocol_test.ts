// The parts of the Realtime stand-in that need no database: frames, filters, snapshots.
import { assertEquals, assertThrows } from "@std/assert";
import { bindingId } from "../realtime/bindings.ts";
import { askPostgres, isOver, type Question } from "../realtime/change_probe.ts";
import { conditionSql, FilterError, parseFilter } from "../realtime/filters.ts";
import { decodeFrame, encodeBroadcast, encodeFrame } from "../realtime/protocol.ts";
import type { Questioner, Rows } from "../realtime/questions.ts";
import { quoteIdentifier, quoteLiteral } from "../realtime/sql_text.ts";

Deno.test("encodeFrame() writes objects in 1.0.0 and arrays in 2.0.0", () => {
  const frame = { joinRef: "1", ref: null, topic: "realtime:a", event: "e", payload: '{"n":1}' };
  assertEquals(encodeFrame(frame, "2.0.0"), '["1",null,"realtime:a","e",{"n":1}]');
  assertEquals(JSON.parse(encodeFrame(frame, "1.0.0")), {
    topic: "realtime:a",
    event: "e",
    payload: { n: 1 },
    ref: null,
    "join_ref": "1",
  });
});

Deno.test("encodeBroadcast() writes kind 4 with its lengths in bytes", () => {
  const broadcast = { event: "ü", body: '{"n":1}', meta: '{"id":"x"}' };
  const bytes = encodeBroadcast("realtime:a", broadcast, "2.0.0") as Uint8Array;
  assertEquals([...bytes.subarray(0, 5)], [4, 10, 2, 10, 1]);
  assertEquals(new TextDecoder().decode(bytes.subarray(5)), 'realtime:aü{"id":"x"}{"n":1}');
});

Deno.test("encodeBroadcast() falls back to text when a field is too long for one byte", () => {
  const topic = `realtime:${"t".repeat(250)}`;
  const text = encodeBroadcast(topic, { event: "e", body: "1", meta: null }, "2.0.0") as string;
  assertEquals(JSON.parse(text), [null, null, topic, "broadcast", {
    type: "broadcast",
    event: "e",
    payload: 1,
  }]);
});

Deno.test("decodeFrame() refuses what is no frame", () => {
  const kind3 = [3, 0, 0, 1, 1, 0, 1, 97, 98];
  const bytes = (values: number[]) => Uint8Array.from(values).buffer;
  assertEquals(decodeFrame(bytes([...kind3, 49]), "2.0.0").broadcast, {
    event: "b",
    body: "1",
    meta: null,
  });
  for (
    const data of [
      "",
      "null",
      "{}",
      "[1,2,3,4]",
      bytes([]),
      bytes([4, 0, 0]),
      bytes([...kind3, 123]),
      bytes([3, 0, 0, 1, 0, 0, 0, 255]),
    ]
  ) {
    assertThrows(() => decodeFrame(data, "2.0.0"));
  }
});

Deno.test("parseFilter() splits at commas outside quotes and parentheses", () => {
  const values = (filter: string) => parseFilter(filter).map((condition) => condition.values);
  assertEquals(values("a=eq.1,b=in.(2,3)"), [["1"], ["2", "3"]]);
  assertEquals(values('a=eq."1,\\"2",b=in.("3,)",4)'), [['1,"2'], ["3,)", "4"]]);
});

Deno.test("parseFilter() refuses what it does not know", () => {
  for (const filter of ["", "a", "a=1", "a=foo.1", "a=in.1", "a=is.1", "=eq.1", "a=eq.1,b"]) {
    assertThrows(() => parseFilter(filter), FilterError);
  }
});

Deno.test("conditionSql() keeps values inside their quotes", () => {
  const [condition] = parseFilter("a=eq.x' or '1'='1\\");
  if (condition === undefined) throw new Error("Cannot read the filter");
  assertEquals(conditionSql(condition, "a", "text"), "(a =  E'x'' or ''1''=''1\\\\'::text)");
});

Deno.test("quoteLiteral() and quoteIdentifier() double quotes and backslashes", () => {
  assertEquals([quoteLiteral("it's"), quoteLiteral("a\\'")], ["'it''s'", " E'a\\\\'''"]);
  assertEquals(quoteIdentifier('a"b'), '"a""b"');
});

Deno.test("isOver() reads snapshots, also after ids have wrapped round", () => {
  assertEquals(isOver(9, "10:12:10,11"), true);
  assertEquals(isOver(10, "10:12:10"), false);
  assertEquals(isOver(11, "10:12:10"), true);
  assertEquals(isOver(12, "10:12:10"), false);
  assertEquals(isOver(4_294_967_295, "4294967290:4294967300:"), true);
  assertEquals(isOver(3, "4294967290:4294967299:"), false);
  assertEquals(isOver(2, "4294967298:4294967299:4294967298"), false);
});

Deno.test("askPostgres() asks again until the transaction is over for others", async () => {
  const snapshots = ["7:8:7", "7:8:7", "8:8:"];
  const questioner = {
    ask: (statements: string[]): Promise<Rows[]> =>
      // The snapshot, the row's values, the caller's settings, what is visible.
      Promise.resolve(
        [[[snapshots.shift()]], [["1"]], [[]], [[[true]]]].slice(0, statements.length),
      ),
  };
  const question: Question = {
    change: {
      type: "INSERT",
      relation: { schema: "public", table: "jobs", columns: [{ name: "id", isIdentity: true }] },
      after: ["1"],
      before: null,
    },
    xid: 7,
    shape: {
      schema: "public",
      table: "jobs",
      isPublished: true,
      hasRowSecurity: true,
      columns: new Map([["id", { name: "id", type: "int", typeName: "int4", isTextEqual: true }]]),
      primaryKey: ["id"],
      selectable: new Map([["anon", new Set(["id"])]]),
    },
    identity: { role: "anon", claims: "{}", key: "anon {}", expiresAt: null, token: null },
    filters: [[]],
  };
  const answers = await askPostgres(questioner as unknown as Questioner, [question]);
  assertEquals(answers, [{ isVisible: true, passes: [true], after: ["1"], before: null }]);
  assertEquals(snapshots, []);
});

Deno.test("bindingId() is the same for the same request, another for another", () => {
  const request = { event: "*", schema: "public", table: "jobs" };
  assertEquals(bindingId(request), bindingId({ ...request }));
  assertEquals(bindingId(request) === bindingId({ ...request, filter: "id=eq.1" }), false);
});
