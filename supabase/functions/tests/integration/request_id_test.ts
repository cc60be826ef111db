/** One id from the client's request to the row, the log lines of every function and the provider's own id. */
import { assertEquals } from "@std/assert";
import { startBackend } from "../backend.ts";

Deno.test("x-request-id of a submission is in its row, in the log lines of all functions and in admin.trace", async () => {
  await using backend = await startBackend();
  const { token } = await backend.logIn();
  const response = await backend.send("generation", {
    method: "POST",
    token,
    headers: { "x-request-id": "story-1" },
    body: { prompt: "a red fox", quality: "low" },
  });
  assertEquals(response.headers.get("x-request-id"), "story-1");
  const { id } = await response.json();
  backend.openai.setFaults([{ status: 500 }]);
  await backend.work();
  await backend.sql`update pgmq.q_generations set vt = now()`;
  await backend.work();

  const lines = backend.runtime.logs.filter((line) => line.request_id === "story-1");
  assertEquals(lines.map((line) => [line.function, line.event, line.generation_id]), [
    ["generation", "request", id],
    ["worker", "job_failed", id],
    ["worker", "job_completed", id],
  ]);
  const calls = backend.openai.requests().map((call) => call.id);
  const story = await backend.sql<{ event: string; detail: Record<string, unknown> }[]>`
    select event, detail from admin.trace(generation_id => ${id})`;
  const detailOf = (event: string) => story.find((each) => each.event === event)?.detail ?? {};
  assertEquals(detailOf("submitted").request_id, "story-1");
  assertEquals(detailOf("attempt ended: transient").provider_request_id, calls[0]);
  assertEquals(detailOf("attempt ended: completed").provider_request_id, calls[1]);
  assertEquals(story.at(-1)?.event, "COMPLETED");
});
