/** What the OpenAI tests share: a stand-in without latency, and its real client. */
import OpenAI from "openai";
import { type OpenAi, startOpenAi } from "../openai.ts";

export const API_KEY = "sk-stand-in";

/** One running stand-in; give it to `await using`. */
export interface OpenAiFixture extends AsyncDisposable {
  openai: OpenAi;
  client: OpenAI;
  /** Another client, for a wrong key. */
  clientWith(apiKey: string): OpenAI;
}

/** Starts a stand-in that answers at once. */
export async function startFixture(): Promise<OpenAiFixture> {
  const openai = await startOpenAi({ apiKey: API_KEY });
  openai.setLatency({ ms: 0 });
  // A socket a request: one dropped on a reused socket would be sent again.
  const http = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const clientWith = (apiKey: string): OpenAI =>
    new OpenAI({
      apiKey,
      baseURL: openai.url,
      maxRetries: 0,
      logLevel: "off",
      fetch: (input, init) => fetch(input, { ...init, client: http } as RequestInit),
    });
  return {
    openai,
    client: clientWith(API_KEY),
    clientWith,
    async [Symbol.asyncDispose]() {
      await openai.close();
      http.close();
    },
  };
}

/** Resolves once `condition` holds of the stand-in: what no client can tell. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
