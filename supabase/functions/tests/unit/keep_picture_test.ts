/** A picture that is paid for is put again and again; what pauses the service, and when it is given up. */
import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../_shared/storage/object_store.ts";
import { keepPicture } from "../../worker/keep_picture.ts";

const IMAGE = { bytes: new Uint8Array([1]), contentType: "image/png" } as never;

/** A bucket that fails so for the first puts, and a clock that sleeping moves. */
function createSetup(failures: readonly StorageError[]) {
  const left = [...failures];
  const seen = { puts: 0, pauses: [] as string[], now: 0 };
  const deps = {
    objects: {
      put: () => {
        seen.puts++;
        const failure = left.shift();
        return failure === undefined ? Promise.resolve("stored" as const) : Promise.reject(failure);
      },
    },
    pauseForStorage: (note: string) => Promise.resolve(void seen.pauses.push(note)),
    runtime: {
      now: () => seen.now,
      sleep: (ms: number) => Promise.resolve(void (seen.now += ms)),
    },
    log: { warn: () => {} },
  };
  const keep = () =>
    keepPicture(deps, { key: "k", image: IMAGE, signal: new AbortController().signal });
  return { seen, keep };
}

const passing = new StorageError("transient", "the store answers 400 RequestTimeout");
const refusal = new StorageError("permanent", "the store answers 403 AccessDenied");

Deno.test("keepPicture() puts the same bytes again after a passing failure, and pauses nothing", async () => {
  const { seen, keep } = createSetup([passing, passing]);
  await keep();
  assertEquals([seen.puts, seen.pauses], [3, []]);
});

Deno.test("keepPicture() believes a refusal of the credentials or the bucket the second time", async () => {
  const once = createSetup([refusal]);
  await once.keep();
  assertEquals(once.seen.puts, 2);
  const twice = createSetup([refusal, refusal]);
  const error = await assertRejects(() => twice.keep(), StorageError);
  assertEquals([error.kind, twice.seen.puts, twice.seen.pauses], ["permanent", 2, []]);
});

Deno.test("keepPicture() pauses the service after a minute, and stores through the pause", async () => {
  const { seen, keep } = createSetup(Array(30).fill(passing));
  await keep();
  assertEquals(seen.puts, 31);
  assertEquals(seen.pauses, ["Storage: the store answers 400 RequestTimeout"]);
});

Deno.test("keepPicture() gives up after four minutes", async () => {
  const { seen, keep } = createSetup(Array(1_000).fill(passing));
  await assertRejects(() => keep(), StorageError);
  assertEquals(seen.now <= 240_000 && seen.now > 230_000, true);
});
