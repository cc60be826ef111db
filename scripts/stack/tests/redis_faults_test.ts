/** The listener's port between two holders. */
import { assertEquals } from "@std/assert";
import { startFaultyListener } from "../redis_faults.ts";

Deno.test("startFaultyListener waits for a port that somebody has for a moment", async () => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const starting = startFaultyListener(() => Promise.resolve(new Response("here")), { port });
  await new Promise((resolve) => setTimeout(resolve, 50));
  other.close();
  const listener = await starting;
  const response = await fetch(listener.url);
  assertEquals(await response.text(), "here");
  await listener.close();
});
