/** How pictures are taken out of JSON that arrives in pieces. */
import { assertEquals, assertThrows } from "@std/assert";
import { JsonPictureFilter } from "../../_shared/openai/json_picture_filter.ts";
import { createRandom } from "../fakes.ts";

/** Sifts `text` in pieces of `size` bytes. */
function filterText(text: string, size = Infinity): { text: string; filter: JsonPictureFilter } {
  const filter = new JsonPictureFilter();
  const bytes = new TextEncoder().encode(text);
  const kept: number[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    kept.push(...filter.filterText(bytes.subarray(start, Math.min(start + size, bytes.length))));
  }
  return { text: new TextDecoder().decode(Uint8Array.from(kept)), filter };
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

Deno.test("JsonPictureFilter gives every picture, of any length, cut anywhere", () => {
  const random = createRandom(11);
  for (let length = 0; length < 40; length++) {
    const picture = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    const json = JSON.stringify({ data: [{ "b64_json": base64Of(picture) }], usage: 1 });
    for (const size of [1, 2, 3, 4, 5, 7, 64]) {
      const { text, filter } = filterText(json, size);
      const answer = JSON.parse(text);
      assertEquals(filter.take(answer.data[0]["b64_json"]), picture);
      assertEquals(answer.usage, 1);
    }
  }
});

Deno.test("JsonPictureFilter gives a picture of megabytes", () => {
  const picture = new Uint8Array(3_000_001).map((_, index) => (index * 31) % 251);
  const text = Array.from(
    { length: Math.ceil(picture.length / 30_000) },
    (_, part) => base64Of(picture.subarray(part * 30_000, (part + 1) * 30_000)),
  ).join("");
  const { text: kept, filter } = filterText(`{"b64_json": "${text}"}`, 65_536);
  assertEquals(kept, '{"b64_json": "picture #0"}');
  const taken = filter.take("picture #0");
  assertEquals(taken?.length, picture.length);
  assertEquals(taken?.every((byte, index) => byte === picture[index]), true);
});

Deno.test("JsonPictureFilter gives each picture once", () => {
  const { text, filter } = filterText('[{"b64_json":"AAAA"},{"b64_json":"////"}]');
  assertEquals(text, '[{"b64_json":"picture #0"},{"b64_json":"picture #1"}]');
  assertEquals(filter.take("picture #1"), Uint8Array.of(255, 255, 255));
  assertEquals(filter.take("picture #1"), undefined);
  assertEquals(filter.take("picture #0"), Uint8Array.of(0, 0, 0));
  for (const other of [undefined, null, 0, {}, "AAAA"]) assertEquals(filter.take(other), undefined);
});

Deno.test("JsonPictureFilter leaves everything else as it is", () => {
  for (
    const json of [
      '{"b64_json":null,"url":"https://a/b64_json"}',
      '{"revised_prompt":"\\"b64_json\\":\\"AAAA\\"","b64":"AAAA"}',
      '{"b64_json_":"AAAA","_b64_json":"AAAA","b64_jso":"AAAA"}',
      '["b64_json","AAAA"]',
      '{"b64_json":["AAAA"]}',
      '{"a":"b64_json","b":"AAAA"}',
      '{"a":{"b64_json":1},"b":"AAAA"}',
      '{"a":"\\\\","b":"b64_json"}',
      '{"a":"ключ 🗝"}',
    ]
  ) {
    for (const size of [1, 1000]) {
      assertEquals(filterText(json, size).text, json);
    }
  }
});

Deno.test("JsonPictureFilter finds its field with any space around the colon", () => {
  const { text } = filterText('{"b64_json"  :\r\n\t "AAAA"}', 1);
  assertEquals(text, '{"b64_json"  :\r\n\t "picture #0"}');
});

Deno.test("JsonPictureFilter starts anew at a line break inside a string, which JSON does not have", () => {
  const { text } = filterText('data: {"broken\n\ndata: {"b64_json":"AAAA"}\n\n');
  assertEquals(text, 'data: {"broken\n\ndata: {"b64_json":"picture #0"}\n\n');
});

Deno.test("JsonPictureFilter reads slashes that were escaped", () => {
  const { filter } = filterText('{"b64_json":"\\/\\/\\/\\/"}', 1);
  assertEquals(filter.take("picture #0"), Uint8Array.of(255, 255, 255));
});

Deno.test("JsonPictureFilter refuses what is not base64", () => {
  for (const text of ["AAA-", "AAA_", "AA A", "AA\n", "a:b;c,d:AAAA", "é", "AA=A"]) {
    assertThrows(
      () => filterText(`{"b64_json":"${text}"}`),
      SyntaxError,
      "it has other characters",
    );
  }
});

Deno.test("JsonPictureFilter takes a picture behind a data: prefix", () => {
  const { filter } = filterText('{"b64_json":"data:image\\/png;base64,AQID"}');
  assertEquals(filter.take("picture #0"), Uint8Array.of(1, 2, 3));
});

Deno.test("JsonPictureFilter refuses base64 that was cut or is padded wrongly", () => {
  for (const text of ["A", "AAAAA", "AA=", "AAA==", "AAAA=", "=", "AAAA===="]) {
    assertThrows(() => filterText(`{"b64_json":"${text}"}`), SyntaxError, "cut or padded wrongly");
  }
});

Deno.test("JsonPictureFilter takes base64 without its padding", () => {
  const { filter } = filterText('[{"b64_json":"AQ"},{"b64_json":"AQI"}]');
  assertEquals(filter.take("picture #0"), Uint8Array.of(1));
  assertEquals(filter.take("picture #1"), Uint8Array.of(1, 2));
});

Deno.test("JsonPictureFilter refuses more pictures than any call asks for", () => {
  const json = JSON.stringify(Array.from({ length: 17 }, () => ({ "b64_json": "AAAA" })));
  assertThrows(() => filterText(json), SyntaxError, "more than 16 pictures");
});
