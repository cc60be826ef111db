// The Data API: reading and writing tables through supabase-js.
import { assertEquals } from "@std/assert";
import { ALICE, BOB, startDataApiFixture } from "./data_api_fixture.ts";

Deno.test("startDataApi tables", async (t) => {
  await using fixture = await startDataApiFixture();
  const { service, request, sql } = fixture;
  const notes = () => service.from("notes");
  const titles = async (
    query: PromiseLike<{ data: { title: string }[] | null; error: unknown }>,
  ) => {
    const { data, error } = await query;
    assertEquals(error, null);
    return data?.map(({ title }) => title);
  };

  await t.step("insert() gives nothing, or the rows asked for", async () => {
    const plain = await notes().insert({ owner: ALICE, title: "one", size: 1, tags: ["a", "b,c"] });
    assertEquals([plain.status, plain.data], [201, null]);
    const details = { deep: [{ "it's": 'a \\ "quote"', big: 1e15 }], none: null };
    const row = { owner: ALICE, title: "two", size: 2, details };
    const full = await notes().insert(row).select("id,title,details").single();
    assertEquals([full.status, full.data], [201, { id: 2, title: "two", details }]);
    const many = await notes().insert([
      { owner: BOB, title: "three", size: 3 },
      { owner: BOB, title: "four", details: { deep: [] } },
    ]).select("title,size").order("title");
    assertEquals(many.data, [{ title: "four", size: null }, { title: "three", size: 3 }]);
  });

  await t.step("insert() of no rows, and of rows whose keys differ", async () => {
    const none = await notes().insert([]).select();
    assertEquals([none.status, none.data], [201, []]);
    const body = JSON.stringify([{ owner: ALICE, title: "x" }, { owner: ALICE }]);
    const answer = await request("notes", { method: "POST", body });
    assertEquals([answer.status, (await answer.json()).message], [
      400,
      "All object keys must match",
    ]);
    const broken = await request("notes", { method: "POST", body: "{" });
    assertEquals((await broken.json()).message, "Empty or invalid json");
    const unknown = await notes().insert({ owner: ALICE, colour: "red" });
    assertEquals([unknown.error?.code, unknown.status], ["PGRST204", 400]);
    const message = "Could not find the 'colour' column of 'notes' in the schema cache";
    assertEquals(unknown.error?.message, message);
  });

  await t.step("select() gives columns, aliases, casts and parts of JSON", async () => {
    const { data, error } = await notes()
      .select("name:title, size::text, created_at, details->deep->0->big, first:details->>none")
      .eq("id", 2).single();
    assertEquals(error, null);
    const created = "2026-01-02T03:04:05.678901+00:00";
    const expected = { name: "two", size: "2", "created_at": created, big: 1e15, first: null };
    assertEquals(data as unknown, expected);
  });

  await t.step("filters compare as they do in PostgREST", async () => {
    assertEquals(await titles(notes().select().eq("size", 2)), ["two"]);
    assertEquals(await titles(notes().select().neq("size", 2).order("size")), ["one", "three"]);
    assertEquals(await titles(notes().select().gt("size", 2)), ["three"]);
    assertEquals(await titles(notes().select().gte("size", 2).lte("size", 2)), ["two"]);
    assertEquals(await titles(notes().select().lt("size", 2)), ["one"]);
    assertEquals(await titles(notes().select().in("title", ["one", "a,b", 'q"x', "\\"])), ["one"]);
    assertEquals(await titles(notes().select().in("id", [])), []);
    assertEquals(await titles(notes().select().is("size", null)), ["four"]);
    assertEquals(await titles(notes().select().not("size", "is", null).gt("id", 2)), ["three"]);
    assertEquals(await titles(notes().select().like("title", "t%").order("id")), ["two", "three"]);
    assertEquals(await titles(notes().select().ilike("title", "*HRE*")), ["three"]);
    assertEquals(await titles(notes().select().likeAnyOf("title", ["o%", "f%"]).order("id")), [
      "one",
      "four",
    ]);
    assertEquals(await titles(notes().select().match({ owner: BOB, size: 3 })), ["three"]);
    assertEquals(await titles(notes().select().contains("tags", '{"b,c"}')), ["one"]);
    assertEquals(await titles(notes().select().contains("details", { deep: [] }).order("id")), [
      "two",
      "four",
    ]);
    assertEquals(await titles(notes().select().overlaps("tags", ["a", "z"])), ["one"]);
    assertEquals(await titles(notes().select().eq("details->deep->0->>big", "1000000000000000")), [
      "two",
    ]);
    assertEquals(await titles(notes().select().textSearch("title", "one | two").order("id")), [
      "one",
      "two",
    ]);
    const either = 'title.eq."one",and(size.gt.2,owner.not.is.null),title.in.("a)b",two)';
    assertEquals(await titles(notes().select().or(either).order("id")), ["one", "two", "three"]);
    const values = `created_at.lt."2026-01-02T03:04:05Z",id.eq.4`;
    assertEquals(await titles(notes().select().or(values)), ["four"]);
  });

  await t.step("order() and limit() and range()", async () => {
    const last = notes().select().order("size", { ascending: false, nullsFirst: true }).limit(2);
    assertEquals(await titles(last), ["four", "three"]);
    const middle = notes().select().order("size", { nullsFirst: false }).range(1, 2);
    assertEquals(await titles(middle), ["two", "three"]);
    assertEquals(await titles(notes().select().limit(0)), []);
    const header = await request("notes?select=title&order=id", { headers: { range: "1-2" } });
    assertEquals(header.headers.get("content-range"), "1-2/*");
    assertEquals(await header.json(), [{ title: "two" }, { title: "three" }]);
  });

  await t.step("count=exact tells how many there are beside what is given", async () => {
    const page = await notes().select("id", { count: "exact" }).lte("size", 3).limit(2);
    assertEquals([page.count, page.data?.length, page.status], [3, 2, 206]);
    const all = await notes().select("*", { count: "exact", head: true });
    assertEquals([all.count, all.data, all.status], [4, null, 200]);
    const none = await notes().select("id", { count: "exact" }).eq("size", 99);
    assertEquals([none.count, none.data, none.status], [0, [], 200]);
    const beyond = await notes().select("id", { count: "exact" }).range(9, 10);
    assertEquals([beyond.error?.code, beyond.status], ["PGRST103", 416]);
    const ranges = await Promise.all(
      ["size=eq.99", "size=lte.3&limit=2", "size=lte.3&offset=1"].map(async (query) => {
        const answer = await request(`notes?${query}`, { headers: { prefer: "count=exact" } });
        await answer.body?.cancel();
        assertEquals(answer.headers.get("preference-applied"), "count=exact");
        return answer.headers.get("content-range");
      }),
    );
    assertEquals(ranges, ["*/0", "0-1/3", "1-2/3"]);
  });

  await t.step("single() and maybeSingle() want one row", async () => {
    const none = await notes().select().eq("id", 99).single();
    assertEquals([none.error?.code, none.status], ["PGRST116", 406]);
    assertEquals(none.error?.message, "Cannot coerce the result to a single JSON object");
    assertEquals(none.error?.details, "The result contains 0 rows");
    const two = await notes().select().eq("owner", BOB).single();
    assertEquals(two.error?.details, "The result contains 2 rows");
    assertEquals((await notes().select("id").eq("id", 1).single()).data, { id: 1 });
    const maybe = await notes().select().eq("id", 99).maybeSingle();
    assertEquals([maybe.data, maybe.error], [null, null]);
    assertEquals((await notes().select().eq("owner", BOB).maybeSingle()).error?.code, "PGRST116");
  });

  await t.step("single() undoes a write it does not fit", async () => {
    const { error, status } = await notes().update({ size: 0 }).eq("owner", BOB).select().single();
    assertEquals([error?.code, status], ["PGRST116", 406]);
    assertEquals(error?.details, "The result contains 2 rows");
    assertEquals((await notes().select("size").eq("size", 0)).data, []);
    const none = await notes().delete().eq("id", 99).select().single();
    assertEquals([none.error?.details, none.status], ["The result contains 0 rows", 406]);
  });

  await t.step("update() changes the filtered rows", async () => {
    const plain = await notes().update({ size: 40 }).eq("title", "four");
    assertEquals([plain.status, plain.data], [204, null]);
    const rows = await notes().update({ size: 30 }).eq("title", "three").select("size");
    assertEquals([rows.status, rows.data], [200, [{ size: 30 }]]);
    const counted = await notes().update({ size: 30 }, { count: "exact" }).gte("size", 30);
    assertEquals([counted.status, counted.count], [204, 2]);
    const empty = await notes().update({}).eq("id", 1).select();
    assertEquals([empty.status, empty.data], [200, []]);
  });

  await t.step("a write without a filter is refused, as with safeupdate", async () => {
    const body = '{"size": 0}';
    const patched = await request("notes", { method: "PATCH", body });
    const message = "UPDATE requires a WHERE clause";
    assertEquals([patched.status, (await patched.json()).message], [400, message]);
    const deleted = await request("notes", { method: "DELETE" });
    assertEquals([deleted.status, (await deleted.json()).code], [400, "21000"]);
    assertEquals((await sql("select 1 from public.notes where size = 0")).length, 0);
  });

  await t.step("upsert() merges or ignores what is there", async () => {
    const merged = await notes().upsert({ id: 1, owner: ALICE, title: "uno" }).select("id,title");
    assertEquals(merged.data, [{ id: 1, title: "uno" }]);
    const target = { onConflict: "owner,title" };
    await notes().upsert({ owner: ALICE, title: "uno", size: 11 }, target);
    assertEquals((await notes().select("size").eq("id", 1).single()).data, { size: 11 });
    const row = { owner: ALICE, title: "uno", size: 12 };
    const ignored = await notes().upsert(row, { ...target, ignoreDuplicates: true }).select();
    assertEquals([ignored.data, ignored.status], [[], 201]);
    assertEquals((await notes().select("size").eq("id", 1).single()).data, { size: 11 });
  });

  await t.step("delete() removes the filtered rows", async () => {
    const { data, status } = await notes().delete().eq("id", 1).select("title");
    assertEquals([data, status], [[{ title: "uno" }], 200]);
    assertEquals((await notes().delete({ count: "exact" }).gt("id", 2)).count, 2);
    assertEquals(await titles(notes().select()), ["two"]);
  });

  await t.step("an unknown table or column is an error, not an empty answer", async () => {
    const table = await service.from("nowhere").select();
    assertEquals([table.error?.code, table.status], ["PGRST205", 404]);
    const message = "Could not find the table 'public.nowhere' in the schema cache";
    assertEquals(table.error?.message, message);
    const column = await notes().select("colour");
    assertEquals([column.error?.code, column.status], ["42703", 400]);
    assertEquals(column.error?.message, "column notes.colour does not exist");
  });

  await t.step("what is left out says so", async () => {
    for (
      const query of [
        notes().select("title, note_links(*)"),
        notes().select("...note_links(note_id)"),
        notes().insert({ title: "x" }, { defaultToNull: false }),
      ]
    ) {
      const { error, status } = await query;
      assertEquals([error?.code, status], ["PGRST127", 400]);
    }
    assertEquals((await notes().select("size.sum()")).error?.code, "PGRST123");
    assertEquals((await notes().select().eq("note_links.note_id", 1)).error?.code, "PGRST108");
  });

  await t.step("a query that cannot be read is refused, not guessed", async () => {
    for (
      const query of [
        "size=2",
        "size=nope.2",
        "size=is.two",
        "or=(size.eq.2",
        "or=(size.eq.2)x",
        "order=size.down",
        "select=size%20,%20!",
        "id=in.1,2",
      ]
    ) {
      const answer = await request(`notes?${query}`);
      assertEquals([query, answer.status, (await answer.json()).code], [query, 400, "PGRST100"]);
    }
    const answer = await request("notes?size=nope.2");
    assertEquals(await answer.json(), {
      code: "PGRST100",
      details: 'unexpected "n" expecting "not" or operator (eq, gt, ...)',
      hint: null,
      message: '"failed to parse filter (nope.2)" (line 1, column 1)',
    });
  });
});
