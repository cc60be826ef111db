/** A second worker beside the stack's own, as the platform starts one when it is busy. */
import { startFunctions } from "../../stack/functions.ts";
import type { Arena } from "./arena.ts";

/** A running worker. */
export interface OtherWorker extends AsyncDisposable {
  ring(): Promise<void>;
}

/** Takes few jobs at a time, so that both have some. */
const CONCURRENCY = "3";

/** Hosts it; it starts at the first ring. */
export function startOtherWorker({ variables }: Pick<Arena, "variables">): OtherWorker {
  const functions = startFunctions({
    names: ["worker"],
    env: { ...variables, WORKER_CONCURRENCY: CONCURRENCY },
  });
  return {
    async ring() {
      const headers = { apikey: variables.WORKER_SECRET ?? "" };
      const request = new Request("http://functions/functions/v1/worker", {
        method: "POST",
        headers,
      });
      const answer = await functions.fetch("worker", request);
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`The other worker answered ${answer.status}`);
    },
    [Symbol.asyncDispose]: () => functions.close(),
  };
}
