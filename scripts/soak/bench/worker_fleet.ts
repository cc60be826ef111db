/** Several worker instances in place of the stack's one: what the hosted platform does under load. */
import { join } from "@std/path";
import { PROJECT_ROOT } from "../../stack/supabase_cli.ts";
import { TextLineStream } from "../../stack/text_lines.ts";
import { setVaultSecrets } from "../../stack/vault_secrets.ts";
import type { BenchStack } from "./bench_stack.ts";

/** What to start. */
export interface FleetOptions {
  instances: number;
  /** Jobs one instance holds (`WORKER_CONCURRENCY`). */
  capacity: number;
}

/** How a ring finds an instance: one after the other, or any. The platform's own way is not published. */
export type Route = "turn" | "random";

/** What `/report` answers. */
export interface FleetReport {
  /** Rings each instance got. */
  rings: number[];
}

/** Running instances. */
export interface WorkerFleet extends AsyncDisposable {
  /** Changes the way rings go. */
  routeBy(route: Route): Promise<void>;
  report(): Promise<FleetReport>;
}

/** Starts them, and has the doorbell ring them and no longer the stack's own worker. */
export async function startWorkerFleet(
  { variables }: Pick<BenchStack, "variables">,
  options: FleetOptions,
): Promise<WorkerFleet> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", "--config", join(PROJECT_ROOT, "deno.json")],
      join(import.meta.dirname ?? ".", "worker_fleet_process.ts"),
    ],
    stdin: "piped",
    stdout: "piped",
    detached: true,
  }).spawn();
  // Kept open: its end is what ends the fleet, also when this process does.
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(`${JSON.stringify({ variables, ...options })}\n`));
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const { value } = await lines.getReader().read();
  if (value === undefined) throw new Error("The worker instances did not start");
  const { url }: { url: string } = JSON.parse(value);
  const routeBy = (route: Route) =>
    setVaultSecrets(variables.DATABASE_URL ?? "", { worker_url: `${url}/${route}` });
  await routeBy("turn");
  return {
    routeBy,
    async report() {
      return await (await fetch(`${url}/report`)).json();
    },
    async [Symbol.asyncDispose]() {
      await stdin.close();
      await child.status;
    },
  };
}
