// Parts of the Data API that need no database.
import { assertEquals, assertThrows } from "@std/assert";
import { ApiError } from "../data_api/errors.ts";
import { parseQuery } from "../data_api/query_string.ts";
import { Slots } from "../data_api/slots.ts";
import { quoteLiteral, quoteName, renderWhere } from "../data_api/sql.ts";

function where(query: string): string {
  const { conditions } = parseQuery(new URLSearchParams(query), { allowInputs: false });
  return renderWhere("t", conditions);
}

Deno.test("renderWhere() writes filters as PostgREST does", () => {
  assertEquals(where("a=eq.1&b=not.gt.2"), ` where t."a" = '1' and not t."b" > '2'`);
  assertEquals(where("a=in.(1,%22b,c%22,d%20e)"), ` where t."a" = any('{"1","b,c","d e"}')`);
  assertEquals(where("a=in.()"), ` where t."a" = any('{}')`);
  assertEquals(where("a=is.NULL&b=not.is.true"), ` where t."a" is null and not t."b" is true`);
  assertEquals(where("a=like.x*y&b=eq.x*y"), ` where t."a" like 'x%y' and t."b" = 'x*y'`);
  assertEquals(where("a=eq(any).{1,2}"), ` where t."a" = any('{1,2}')`);
  assertEquals(where("a=fts(english).x"), ` where t."a" @@ to_tsquery('english', 'x')`);
  assertEquals(where("a->b->>0=eq.x"), ` where to_jsonb(t."a")->'b'::text->>'0'::int = 'x'`);
  assertEquals(
    where("or=(a.eq.1,not.and(b.lt.2,c.is.null))"),
    ` where (t."a" = '1' or not (t."b" < '2' and t."c" is null))`,
  );
  assertEquals(where("not.or=(a.eq.%22x,)y%22)"), ` where not (t."a" = 'x,)y')`);
  assertEquals(
    where("%22a.b%22=eq.1&gr%C3%B6%C3%9Fe=eq.2"),
    ` where t."a.b" = '1' and t."größe" = '2'`,
  );
});

Deno.test("parseQuery() tells arguments from filters only when there may be arguments", () => {
  const parameters = new URLSearchParams("id=7&size=gt.2");
  const { inputs, conditions } = parseQuery(parameters, { allowInputs: true });
  assertEquals(inputs, [["id", "7"]]);
  assertEquals(conditions.length, 1);
  assertThrows(() => parseQuery(parameters, { allowInputs: false }), ApiError);
});

Deno.test("quoteLiteral() and quoteName() leave no way out", () => {
  assertEquals(quoteLiteral("it's"), "'it''s'");
  assertEquals(quoteLiteral("\\'; drop"), "E'\\\\''; drop'");
  assertEquals(quoteName('a"b'), '"a""b"');
  assertThrows(() => quoteLiteral("a\0b"), ApiError, "0x00");
  assertThrows(() => quoteName("a\0b"), ApiError, "0x00");
});

Deno.test("Slots passes places on in order and gives up in time", async () => {
  const slots = new Slots(1, 60_000);
  const release = await slots.acquire();
  const order: number[] = [];
  const waiting = [1, 2].map(async (n) => {
    const next = await slots.acquire();
    order.push(n);
    next?.();
  });
  release?.();
  await Promise.all(waiting);
  assertEquals(order, [1, 2]);

  const impatient = new Slots(1, 1);
  const held = await impatient.acquire();
  assertEquals(await impatient.acquire(), undefined);
  held?.();
  const again = await impatient.acquire();
  assertEquals(typeof again, "function");
});
