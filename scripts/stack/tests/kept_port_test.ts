// A port that is found again with the data it belongs to.
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { keepPort } from "../kept_port.ts";

Deno.test("keepPort() gives the same port again, and another one while that is taken", async () => {
  const folder = await Deno.makeTempDir();
  const first = await keepPort(folder, "port");
  assert(first > 0);
  assertEquals(await keepPort(folder, "port"), first);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: first });
  const second = await keepPort(folder, "port");
  assertNotEquals(second, first);
  assertEquals(await keepPort(folder, "port"), second);
  await Deno.writeTextFile(`${folder}/port`, "no number");
  assert(await keepPort(folder, "port") > 0);
  await Deno.remove(folder, { recursive: true });
});
