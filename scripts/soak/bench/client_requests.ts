/** How often the Mini App's client module asks, from the submission to the picture. */
import { createMiniApp } from "@pixelpop/client";
import { signInitData } from "../../demo/sign_init_data.ts";
import type { BenchStack } from "./bench_stack.ts";

/** Counts the HTTP requests of one generation: the submission, the polls, the picture; not the login. */
export async function countClientRequests(
  { url, variables }: Pick<BenchStack, "url" | "variables">,
): Promise<number> {
  let requests = 0;
  const app = createMiniApp({
    supabaseUrl: url,
    publishableKey: variables.SUPABASE_PUBLISHABLE_KEY ?? "",
    fetch: (input, init) => {
      requests++;
      return fetch(input, init);
    },
  });
  try {
    const user = { id: 9_000_000, first_name: "Bench" };
    await app.login(await signInitData({ botToken: variables.TELEGRAM_BOT_TOKEN ?? "", user }));
    requests = 0;
    const { id } = await app.submit("a red fox in the snow", { quality: "low" });
    const picture = await waitForPicture(app, id);
    requests++;
    await (await fetch(picture)).body?.cancel();
    return requests;
  } finally {
    await app.close();
  }
}

async function waitForPicture(app: ReturnType<typeof createMiniApp>, id: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stop = app.watch(id, ({ status, public_url: publicUrl }) => {
    if (publicUrl !== null) resolve(publicUrl);
    else if (status === "FAILED") reject(new Error("The generation failed"));
  }, reject);
  return await promise.finally(stop);
}
