/** A fetch that plays an Upstash Redis in a test: it records what it is sent and answers as told. */

/** One command as it arrived. */
export interface FakeRedisRequest {
  url: string;
  headers: Headers;
  /** Lower-case name and the arguments. */
  command: unknown[];
  signal: AbortSignal | undefined;
}

/** What to do with a command, or with the pipeline it is in: answer a result, an error (HTTP 400), a whole response, or never. */
export type FakeRedisAnswer =
  | { result: unknown }
  | { error: string }
  | { response: Response }
  | { failure: Error }
  | "hang";

/** The fetch, and what it saw. */
export interface FakeRedis {
  fetch: typeof fetch;
  requests: FakeRedisRequest[];
  /** The requests of one command. */
  sent(name: string): FakeRedisRequest[];
}

/** The connection settings tests use. */
export const FAKE_REDIS_CONFIG = { url: "https://redis.test", token: "fake-redis-token" };

/** Makes a Redis that answers each command by `answer`. */
export function createFakeRedis(
  answer: (command: unknown[]) => FakeRedisAnswer | Promise<FakeRedisAnswer>,
): FakeRedis {
  const requests: FakeRedisRequest[] = [];
  return {
    requests,
    sent: (name) => requests.filter(({ command }) => command[0] === name),
    async fetch(input, init) {
      const url = String(input);
      const isPipeline = url.endsWith("/pipeline");
      const body = JSON.parse(String(init?.body));
      const signal = init?.signal ?? undefined;
      const answers: object[] = [];
      for (const [name, ...args] of isPipeline ? body : [body]) {
        const command = [name.toLowerCase(), ...args];
        requests.push({ url, headers: new Headers(init?.headers), command, signal });
        const found = await answer(command);
        if (found === "hang") {
          return await new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason));
          });
        }
        if ("failure" in found) throw found.failure;
        if ("response" in found) return found.response;
        answers.push(found);
      }
      if (isPipeline) return Response.json(answers);
      const [only = {}] = answers;
      return Response.json(only, { status: "error" in only ? 400 : 200 });
    },
  };
}

/** Lets everything that is ready run, timers of the fake runtime excepted. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
