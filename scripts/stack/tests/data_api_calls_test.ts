// The Data API: calling functions through supabase-js, and the shapes of what they give.
import { assertEquals } from "@std/assert";
import { ALICE, startDataApiFixture } from "./data_api_fixture.ts";

const FUNCTIONS = `
  insert into public.notes (owner, title, size)
    select '${ALICE}', 'note ' || n, n from generate_series(1, 3) as n;
  create function public.add(a int, b int default 10) returns int language sql immutable
    set search_path = '' as $$ select a + b $$;
  create function public.echo(value jsonb) returns jsonb language sql immutable
    set search_path = '' as $$ select value $$;
  create function public.text_of(value text) returns text language sql immutable
    set search_path = '' as $$ select value $$;
  create function public.nothing() returns void language sql volatile
    set search_path = '' as $$ insert into public.rung values (1) $$;
  create function public.numbers(n int) returns setof int language sql stable
    set search_path = '' as $$ select generate_series(1, n) $$;
  create function public.all_notes() returns setof public.notes language sql stable
    set search_path = '' as $$ select * from public.notes order by id $$;
  create function public.one_note(wanted int) returns public.notes language sql stable
    set search_path = '' as $$ select * from public.notes where id = wanted $$;
  create function public.pairs() returns table (name text, size int) language sql stable
    set search_path = '' as $$ select title, size from public.notes order by id $$;
  create function public.measured(out width int, out height int) language sql stable
    set search_path = '' as $$ select 3, 4 $$;
  create function public.rename_all(suffix text) returns setof public.notes language sql volatile
    set search_path = ''
    as $$ update public.notes set title = title || suffix returning * $$;
  create function public.types(
    flag boolean, at timestamptz, id uuid, amounts numeric[], note public.notes, day date
  ) returns jsonb language sql immutable set search_path = ''
    as $$ select jsonb_build_object('flag', flag, 'at', at, 'id', id, 'amounts', amounts,
      'note', note.title, 'day', day) $$;
  create function public.whole(json) returns text language sql immutable
    set search_path = '' as $$ select $1 ->> 'a' $$;
  create function public.twice(a int) returns text language sql immutable
    set search_path = '' as $$ select 'one' $$;
  create function public.twice(a int, b int) returns text language sql immutable
    set search_path = '' as $$ select 'two' $$;
  create function public.unclear(a int) returns text language sql immutable
    set search_path = '' as $$ select 'int' $$;
  create function public.unclear(a text) returns text language sql immutable
    set search_path = '' as $$ select 'text' $$;
  create function public.many(variadic items int[]) returns int language sql immutable
    set search_path = '' as $$ select cardinality(items) $$;
`;

Deno.test("startDataApi calls", async (t) => {
  await using fixture = await startDataApiFixture(FUNCTIONS);
  const { service, request, sql } = fixture;

  await t.step("passes arguments by name and leaves defaults to Postgres", async () => {
    assertEquals((await service.rpc("add", { a: 1, b: 2 })).data, 3);
    assertEquals((await service.rpc("add", { b: 2, a: 1 })).data, 3);
    assertEquals((await service.rpc("add", { a: 1 })).data, 11);
    assertEquals((await service.rpc("add", { a: 1, b: null })).data, null);
    assertEquals((await service.rpc("many", { items: [1, 2, 3] })).data, 3);
  });

  await t.step("reads arguments as the types the function declares", async () => {
    const given = {
      flag: true,
      at: "2026-01-02T03:04:05.678901Z",
      id: ALICE,
      amounts: [1.5, 2],
      note: { title: "x" },
      day: "2026-02-03",
    };
    const { data } = await service.rpc("types", given);
    assertEquals(data, { ...given, at: "2026-01-02T03:04:05.678901+00:00", note: "x" });
    const { error, status } = await service.rpc("add", { a: "one" });
    assertEquals([error?.code, status], ["22P02", 400]);
  });

  await t.step("gives jsonb as it is, text as JSON, and null", async () => {
    for (const value of [{ a: [1, { b: null }], "ü\\'": "\u{1F4A5}" }, [1], "text", 7, true]) {
      assertEquals((await service.rpc("echo", { value })).data, value);
    }
    const text = `it's "quoted" \\ and; -- $1 ü`;
    assertEquals((await service.rpc("text_of", { value: text })).data, text);
    assertEquals((await service.rpc("text_of", { value: null })).data, null);
    const answer = await request("rpc/text_of", { method: "POST", body: '{"value": null}' });
    assertEquals(await answer.text(), "null");
    assertEquals(answer.headers.get("content-type"), "application/json; charset=utf-8");
    assertEquals(answer.headers.get("content-range"), "0-0/*");
  });

  await t.step("gives an array for a set and an object for a row", async () => {
    assertEquals((await service.rpc("numbers", { n: 3 })).data, [1, 2, 3]);
    assertEquals((await service.rpc("numbers", { n: 0 })).data, []);
    const { data } = await service.rpc("all_notes");
    assertEquals(data.map(({ title }: { title: string }) => title), ["note 1", "note 2", "note 3"]);
    assertEquals((await service.rpc("one_note", { wanted: 2 })).data.title, "note 2");
    assertEquals((await service.rpc("pairs")).data[0], { name: "note 1", size: 1 });
    assertEquals((await service.rpc("measured")).data, { width: 3, height: 4 });
  });

  await t.step("answers void with 204 and no body", async () => {
    const { data, status } = await service.rpc("nothing");
    assertEquals([data, status], [null, 204]);
    assertEquals((await sql("select 1 from public.rung")).length, 1);
  });

  await t.step("filters, orders, cuts and counts the rows a function gives", async () => {
    const rows = await service.rpc("all_notes", {}, { count: "exact" })
      .select("title").gt("size", 1).order("size", { ascending: false }).limit(1);
    assertEquals([rows.data, rows.count], [[{ title: "note 3" }], 2]);
    const one = await service.rpc("pairs").eq("name", "note 2").single();
    assertEquals(one.data as unknown, { name: "note 2", size: 2 });
    const two = await service.rpc("pairs").single();
    assertEquals([two.error?.code, two.status], ["PGRST116", 406]);
    assertEquals((await service.rpc("measured").single()).data, { width: 3, height: 4 });
  });

  await t.step("single() undoes what a function did", async () => {
    const { error, status } = await service.rpc("rename_all", { suffix: "!" }).single();
    assertEquals([error?.code, status], ["PGRST116", 406]);
    assertEquals(await sql("select 1 from public.notes where title like '%!'"), []);
  });

  await t.step("GET takes arguments and filters from the query string", async () => {
    assertEquals((await service.rpc("add", { a: 1, b: 2 }, { get: true })).data, 3);
    const head = await service.rpc("numbers", { n: 3 }, { head: true, count: "exact" });
    assertEquals([head.data, head.count], [null, 3]);
    const answer = await request("rpc/all_notes?size=eq.2&select=title");
    assertEquals(await answer.json(), [{ title: "note 2" }]);
  });

  await t.step("picks an overload by its argument names", async () => {
    assertEquals((await service.rpc("twice", { a: 1 })).data, "one");
    assertEquals((await service.rpc("twice", { a: 1, b: 2 })).data, "two");
    const { error, status } = await service.rpc("unclear", { a: 1 });
    assertEquals([error?.code, status], ["PGRST203", 300]);
  });

  await t.step("gives the whole body to a single unnamed json argument", async () => {
    assertEquals((await service.rpc("whole", { a: "x" })).data, "x");
  });

  await t.step("knows no function by wrong names or wrong arguments", async () => {
    const unknown = await service.rpc("nowhere", { b: 1, a: 2 });
    assertEquals([unknown.error?.code, unknown.status], ["PGRST202", 404]);
    assertEquals(
      unknown.error?.message,
      "Could not find the function public.nowhere(a, b) in the schema cache",
    );
    assertEquals((await service.rpc("add")).error?.code, "PGRST202");
    assertEquals((await service.rpc("add", { a: 1, c: 1 })).error?.code, "PGRST202");
    const body = await request("rpc/add", { method: "POST", body: "a=1" });
    assertEquals([body.status, (await body.json()).code], [400, "PGRST102"]);
  });

  await t.step("sees functions that are made, changed and dropped meanwhile", async () => {
    const make = (returns: string, body: string, volatility = "volatile") =>
      sql(`create function public.changing(n int) returns ${returns} language plpgsql ${volatility}
        set search_path = '' as $$ begin insert into public.rung values (n); ${body} end $$`);
    const drop = () => sql("drop function public.changing");
    const rung = async () => (await sql("select n from public.rung where n > 1")).map(({ n }) => n);
    assertEquals((await service.rpc("changing", { n: 2 })).error?.code, "PGRST202");
    await make("int", "return n;");
    assertEquals((await service.rpc("changing", { n: 2 })).data, 2);
    await drop();
    await make("setof int", "return query select n; return query select n + 1;");
    assertEquals((await service.rpc("changing", { n: 3 })).data, [3, 4]);
    await drop();
    await make("jsonb", "return jsonb_build_object('n', n);");
    assertEquals((await service.rpc("changing", { n: 4 })).data, { n: 4 });
    assertEquals(await rung(), [2, 3, 4]);
    await drop();
    assertEquals((await service.rpc("changing", { n: 5 })).error?.code, "PGRST202");
    await sql(`create function public.changing(n int) returns int language sql stable
      set search_path = '' as $$ select n $$`);
    assertEquals((await service.rpc("changing", { n: 6 })).data, 6);
    await drop();
    await make("int", "return n;");
    assertEquals((await service.rpc("changing", { n: 7 })).data, 7);
    assertEquals(await rung(), [2, 3, 4, 7]);
  });
});
