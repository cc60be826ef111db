/** Where a provider may send us for a picture, and where not. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  downloadPicture,
  type PictureDownloadOptions,
} from "../../_shared/openai/picture_download.ts";
import { ProviderError } from "../../_shared/openai/provider_error.ts";

const BASE_URL = "http://10.0.0.5:8080/v1";
const PICTURE = new Uint8Array([1, 2, 3, 4, 5]);

/** An internet of one address a URL; every name is public unless `resolveHost` says otherwise. */
function internetOf(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const fetchFrom = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    assertEquals(init?.redirect, "manual");
    assertEquals(init?.headers, undefined);
    asked.push(url);
    const answer = answers[url];
    return answer === undefined
      ? Promise.reject(new TypeError("fetch failed"))
      : Promise.resolve(answer());
  };
  const download = (address: string, more: Partial<PictureDownloadOptions> = {}) =>
    downloadPicture(address, {
      fetch: fetchFrom,
      baseUrl: BASE_URL,
      maxBytes: 1000,
      signal: new AbortController().signal,
      resolveHost: () => Promise.resolve(["93.184.215.14"]),
      ...more,
    });
  return { asked, download };
}

const picture = () => new Response(PICTURE);
const redirectTo = (location: string, status = 302) => () =>
  new Response(null, { status, headers: { location } });

async function assertRefused(downloading: Promise<unknown>, message: string): Promise<void> {
  const error = await assertRejects(() => downloading, ProviderError);
  assertEquals([error.reason, error.ambiguous], ["bad_download", true]);
  assert(error.message.includes(message), error.message);
}

Deno.test("downloadPicture reads a picture over HTTPS", async () => {
  const { download } = internetOf({ "https://cdn.example.com/1.png?sig=a%2Fb": picture });
  assertEquals(await download("https://cdn.example.com/1.png?sig=a%2Fb"), PICTURE);
});

/** Addresses that are never asked. */
const REFUSED = [
  "http://cdn.example.com/1.png",
  "ftp://cdn.example.com/1.png",
  "file:///etc/passwd",
  "data:image/png;base64,AAAA",
  "javascript:alert(1)",
  "https://user:secret@cdn.example.com/1.png",
  "https://localhost/1.png",
  "https://metadata.google.internal/computeMetadata/v1/",
  "https://db/1.png",
  "https://127.0.0.1/1.png",
  "https://127.1/1.png",
  "https://2130706433/1.png",
  "https://0x7f000001/1.png",
  "https://0177.0.0.1/1.png",
  "https://127.0.0.1./1.png",
  "https://[::1]/1.png",
  "https://[::ffff:127.0.0.1]/1.png",
  "https://[::ffff:a9fe:a9fe]/1.png",
  "https://[fe80::1]/1.png",
  "https://169.254.169.254/latest/meta-data/",
  "https://2852039166/latest/meta-data/",
  "https://10.0.0.5:8080/1.png",
  "https://10.0.0.5/1.png",
  "http://10.0.0.5:8081/1.png",
  "http://10.0.0.6:8080/1.png",
  "https://192.168.0.1/1.png",
  "https://①②⑦.⓪.⓪.①/1.png",
  "/1.png",
  "no url",
  "",
];

for (const address of REFUSED) {
  Deno.test(`downloadPicture refuses "${address}" without asking`, async () => {
    const { asked, download } = internetOf({});
    await assertRefused(download(address), "Cannot download the picture: ");
    assertEquals(asked, []);
  });

  Deno.test(`downloadPicture refuses a redirect to "${address}"`, async () => {
    const start = "https://cdn.example.com/start";
    const { asked, download } = internetOf({ [start]: redirectTo(address) });
    const error = await assertRejects(() => download(start), ProviderError);
    assertEquals(error.reason, "bad_download");
    // A relative address leads back to the same public host.
    const isRelative = ["/1.png", "no url", ""].includes(address);
    assertEquals(asked.every((url) => url.startsWith("https://cdn.example.com/")), true);
    assertEquals(asked.length === 1, !isRelative);
  });
}

Deno.test("downloadPicture trusts the API's own origin, be it private and plain", async () => {
  const { download } = internetOf({ "http://10.0.0.5:8080/files/1.png": picture });
  const resolveHost = () => Promise.reject(new Error("Not to be asked"));
  assertEquals(await download("http://10.0.0.5:8080/files/1.png", { resolveHost }), PICTURE);
});

Deno.test("downloadPicture takes a public address without looking anything up", async () => {
  const { download } = internetOf({ "https://8.8.8.8/1.png": picture });
  const resolveHost = () => Promise.reject(new Error("Not to be asked"));
  assertEquals(await download("https://8.8.8.8/1.png", { resolveHost }), PICTURE);
});

/** What a name leads to, and why it is refused. */
const NAMES: [string[], string][] = [
  [["10.0.0.1"], 'leads to "10.0.0.1"'],
  [["93.184.215.14", "127.0.0.1"], 'leads to "127.0.0.1"'],
  [["93.184.215.14", "::ffff:169.254.169.254"], 'leads to "::ffff:169.254.169.254"'],
  [["fd00:ec2::254"], 'leads to "fd00:ec2::254"'],
  [[], "has no address"],
];

for (const [addresses, message] of NAMES) {
  Deno.test(`downloadPicture refuses a name that leads to [${addresses}]`, async () => {
    const { asked, download } = internetOf({ "https://cdn.example.com/1.png": picture });
    const resolveHost = () => Promise.resolve(addresses);
    await assertRefused(download("https://cdn.example.com/1.png", { resolveHost }), message);
    assertEquals(asked, []);
  });
}

Deno.test("downloadPicture looks up the name of every redirect", async () => {
  const { asked, download } = internetOf({
    "https://cdn.example.com/1.png": redirectTo("https://rebind.example.net/1.png"),
    "https://rebind.example.net/1.png": picture,
  });
  const resolveHost = (name: string) =>
    Promise.resolve([name === "rebind.example.net" ? "192.168.0.1" : "93.184.215.14"]);
  await assertRefused(download("https://cdn.example.com/1.png", { resolveHost }), "192.168.0.1");
  assertEquals(asked, ["https://cdn.example.com/1.png"]);
});

Deno.test("downloadPicture asks nobody when a name cannot be looked up", async () => {
  const { asked, download } = internetOf({ "https://cdn.example.com/1.png": picture });
  const resolveHost = () => Promise.reject(new Error("SERVFAIL"));
  await assertRefused(download("https://cdn.example.com/1.png", { resolveHost }), "");
  assertEquals(asked, []);
});

Deno.test("downloadPicture judges the name alone on a runtime that cannot look it up", async () => {
  const { download } = internetOf({ "https://cdn.example.com/1.png": picture });
  const resolveHost = undefined;
  assertEquals(await download("https://cdn.example.com/1.png", { resolveHost }), PICTURE);
  await assertRefused(download("https://localhost/1.png", { resolveHost }), "no public host");
});

Deno.test("downloadPicture follows three redirects, also relative ones", async () => {
  const { asked, download } = internetOf({
    "https://a.example.com/x/1": redirectTo("2", 301),
    "https://a.example.com/x/2": redirectTo("//b.example.com/3", 307),
    "https://b.example.com/3": redirectTo("https://c.example.com/4", 308),
    "https://c.example.com/4": picture,
  });
  assertEquals(await download("https://a.example.com/x/1"), PICTURE);
  assertEquals(asked.length, 4);
});

Deno.test("downloadPicture does not follow a fourth redirect", async () => {
  const { asked, download } = internetOf({
    "https://a.example.com/loop": redirectTo("https://a.example.com/loop"),
  });
  await assertRefused(download("https://a.example.com/loop"), "more than 3 times");
  assertEquals(asked.length, 4);
});

for (const status of [204, 304, 404, 500]) {
  Deno.test(`downloadPicture refuses an answer with ${status}`, async () => {
    const { download } = internetOf({
      "https://a.example.com/1.png": () => new Response(null, { status }),
    });
    await assertRefused(download("https://a.example.com/1.png"), `its host answers ${status}`);
  });
}

Deno.test("downloadPicture stops reading a picture that is too long", async () => {
  let sent = 0;
  let isCancelled = false;
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 100;
          controller.enqueue(new Uint8Array(100));
        },
        cancel() {
          isCancelled = true;
        },
      }),
    );
  const { download } = internetOf({ "https://a.example.com/1.png": endless });
  const error = await assertRejects(() => download("https://a.example.com/1.png"), ProviderError);
  assertEquals([error.reason, error.message], [
    "too_large",
    "The picture is longer than 1000 bytes",
  ]);
  assertEquals(isCancelled, true);
  assert(sent < 2000);
});

Deno.test("downloadPicture takes a picture of exactly the limit", async () => {
  const { download } = internetOf({ "https://a.example.com/1.png": picture });
  assertEquals(await download("https://a.example.com/1.png", { maxBytes: 5 }), PICTURE);
  const tooShort = download("https://a.example.com/1.png", { maxBytes: 4 });
  assertEquals((await assertRejects(() => tooShort, ProviderError)).reason, "too_large");
});

Deno.test("downloadPicture calls a failing connection a bad download", async () => {
  const broken = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) }),
    );
  const { download } = internetOf({ "https://a.example.com/1.png": broken });
  await assertRefused(download("https://a.example.com/1.png"), "the connection failed");
  await assertRefused(download("https://nobody.example.com/1.png"), "the connection failed");
});

Deno.test("downloadPicture ends with the reason of its signal", async () => {
  const reason = new Error("Lease lost");
  const signal = AbortSignal.abort(reason);
  const { download } = internetOf({});
  const error = await assertRejects(() => download("https://a.example.com/1.png", { signal }));
  assertEquals(error, reason);
});
