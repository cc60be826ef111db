/** How pictures are taken out of JSON that arrives in pieces. */
import { assertEquals, assertThrows } from "@std/assert";
import { PictureSieve } from "../../_shared/openai/picture_sieve.ts";
import { createRandom } from "../fakes.ts";

/** Sifts `text` in pieces of `size` bytes. */
function sift(text: string, size = Infinity): { text: string; sieve: PictureSieve } {
  const sieve = new PictureSieve();
  const bytes = new TextEncoder().encode(text);
  const kept: number[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    kept.push(...sieve.sift(bytes.subarray(start, Math.min(start + size, bytes.length))));
  }
  return { text: new TextDecoder().decode(Uint8Array.from(kept)), sieve };
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

Deno.test("PictureSieve gives every picture, of any length, cut anywhere", () => {
  const random = createRandom(11);
  for (let length = 0; length < 40; length++) {
    const picture = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    const json = JSON.stringify({ data: [{ "b64_json": base64Of(picture) }], usage: 1 });
    for (const size of [1, 2, 3, 4, 5, 7, 64]) {
      const { text, sieve } = sift(json, size);
      const answer = JSON.parse(text);
      assertEquals(sieve.take(answer.data[0]["b64_json"]), picture);
      assertEquals(answer.usage, 1);
    }
  }
});

Deno.test("PictureSieve gives a picture of megabytes", () => {
  const picture = new Uint8Array(3_000_001).map((_, index) => (index * 31) % 251);
  const text = Array.from(
    { length: Math.ceil(picture.length / 30_000) },
    (_, part) => base64Of(picture.subarray(part * 30_000, (part + 1) * 30_000)),
  ).join("");
  const { text: kept, sieve } = sift(`{"b64_json": "${text}"}`, 65_536);
  assertEquals(kept, '{"b64_json": "picture #0"}');
  const taken = sieve.take("picture #0");
  assertEquals(taken?.length, picture.length);
  assertEquals(taken?.every((byte, index) => byte === picture[index]), true);
});

Deno.test("PictureSieve gives each picture once", () => {
  const { text, sieve } = sift('[{"b64_json":"AAAA"},{"b64_json":"////"}]');
  assertEquals(text, '[{"b64_json":"picture #0"},{"b64_json":"picture #1"}]');
  assertEquals(sieve.take("picture #1"), Uint8Array.of(255, 255, 255));
  assertEquals(sieve.take("picture #1"), undefined);
  assertEquals(sieve.take("picture #0"), Uint8Array.of(0, 0, 0));
  for (const other of [undefined, null, 0, {}, "AAAA"]) assertEquals(sieve.take(other), undefined);
});

Deno.test("PictureSieve leaves everything else as it is", () => {
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
      assertEquals(sift(json, size).text, json);
    }
  }
});

Deno.test("PictureSieve finds its field with any space around the colon", () => {
  const { text } = sift('{"b64_json"  :\r\n\t "AAAA"}', 1);
  assertEquals(text, '{"b64_json"  :\r\n\t "picture #0"}');
});

Deno.test("PictureSieve starts anew at a line break inside a string, which JSON does not have", () => {
  const { text } = sift('data: {"broken\n\ndata: {"b64_json":"AAAA"}\n\n');
  assertEquals(text, 'data: {"broken\n\ndata: {"b64_json":"picture #0"}\n\n');
});

Deno.test("PictureSieve reads slashes that were escaped", () => {
  const { sieve } = sift('{"b64_json":"\\/\\/\\/\\/"}', 1);
  assertEquals(sieve.take("picture #0"), Uint8Array.of(255, 255, 255));
});

Deno.test("PictureSieve refuses what is not base64", () => {
  for (const text of ["AAA-", "AAA_", "AA A", "AA\n", "a:b;c,d:AAAA", "é", "AA=A"]) {
    assertThrows(() => sift(`{"b64_json":"${text}"}`), SyntaxError, "it has other characters");
  }
});

Deno.test("PictureSieve takes a picture behind a data: prefix", () => {
  const { sieve } = sift('{"b64_json":"data:image\\/png;base64,AQID"}');
  assertEquals(sieve.take("picture #0"), Uint8Array.of(1, 2, 3));
});

Deno.test("PictureSieve refuses base64 that was cut or is padded wrongly", () => {
  for (const text of ["A", "AAAAA", "AA=", "AAA==", "AAAA=", "=", "AAAA===="]) {
    assertThrows(() => sift(`{"b64_json":"${text}"}`), SyntaxError, "cut or padded wrongly");
  }
});

Deno.test("PictureSieve takes base64 without its padding", () => {
  const { sieve } = sift('[{"b64_json":"AQ"},{"b64_json":"AQI"}]');
  assertEquals(sieve.take("picture #0"), Uint8Array.of(1));
  assertEquals(sieve.take("picture #1"), Uint8Array.of(1, 2));
});

Deno.test("PictureSieve refuses more pictures than any call asks for", () => {
  const json = JSON.stringify(Array.from({ length: 17 }, () => ({ "b64_json": "AAAA" })));
  assertThrows(() => sift(json), SyntaxError, "more than 16 pictures");
});
