// `.stack/env` of several stacks of one checkout, one after the other.
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readEnvFile, writeEnvFile } from "../env_file.ts";

const folder = await Deno.makeTempDir();
const options = { folder };
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

const variables = (port: number) => ({
  SUPABASE_URL: `http://127.0.0.1:${port}`,
  JWT_SECRET: `a=b=${port}`,
  UPSTASH_REDIS_REST_URL: undefined,
});

async function names(): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("writeEnvFile() writes for this user alone, and leaves out what is undefined", async () => {
  const file = await writeEnvFile(5432, variables(5432), options);
  assertEquals(file.path, join(folder, "env.5432"));
  assertEquals(
    await Deno.readTextFile(join(folder, "env")),
    "SUPABASE_URL=http://127.0.0.1:5432\nJWT_SECRET=a=b=5432\n",
  );
  assertEquals(await readEnvFile(folder), {
    SUPABASE_URL: "http://127.0.0.1:5432",
    JWT_SECRET: "a=b=5432",
  });
  for (const path of [join(folder, "env"), file.path]) {
    assertEquals((await Deno.stat(path)).mode ?? 0, 0o100600);
  }
  await file.remove();
  assertEquals([await names(), await readEnvFile(folder)], [[], undefined]);
});

Deno.test("remove() of the stack that is found leaves the other one to be found", async () => {
  const first = await writeEnvFile(5432, variables(5432), options);
  const second = await writeEnvFile(54321, variables(54321), options);
  assertEquals((await readEnvFile(folder))?.JWT_SECRET, "a=b=54321");
  await second.remove();
  assertEquals((await readEnvFile(folder))?.JWT_SECRET, "a=b=5432");
  await first.remove();
  await first.remove();
  assertEquals(await names(), []);
});

Deno.test("remove() of a stack that is not found does not hide the one that is", async () => {
  const first = await writeEnvFile(5432, variables(5432), options);
  const second = await writeEnvFile(54321, variables(54321), options);
  await first.remove();
  assertEquals([await names(), (await readEnvFile(folder))?.JWT_SECRET], [
    ["env", "env.54321"],
    "a=b=54321",
  ]);
  await second.remove();
});
