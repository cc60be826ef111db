/** A stack for one scenario: started in a process of its own, stopped at the end. */
import { join } from "@std/path";
import postgres from "postgres";
import { STACK_FOLDER } from "../../stack/env_file.ts";
import { letRedisBeOld } from "../../stack/redis_age.ts";
import { PROJECT_ROOT } from "../../stack/supabase_cli.ts";
import { TextLineStream } from "../../stack/text_lines.ts";
import { type ControlDoor, openControlDoor } from "./control_door.ts";

/** Settings of `private.settings`, by column. */
export type Settings = Record<string, number | null>;

/** A running stack, and the ways into it. */
export interface BenchStack extends AsyncDisposable {
  /** Process number of the stand-ins. */
  readonly pid: number;
  /** Base URL of the gateway. */
  readonly url: string;
  /** What `.stack/env` would hold. */
  readonly variables: Readonly<Record<string, string>>;
  readonly control: ControlDoor;
  /** Superuser; few connections, so that what is measured keeps its own. */
  readonly sql: postgres.Sql;
  /** Changes `private.settings`. */
  configure(settings: Settings): Promise<void>;
  /** Rows of `admin.ledger_violations`. */
  violations(): Promise<number>;
}

/** Starts a stack. @throws {Error} When it does not come up; its own words are on stderr then. */
export async function startBenchStack(): Promise<BenchStack> {
  await Deno.mkdir(STACK_FOLDER, { recursive: true });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", "--config", join(PROJECT_ROOT, "deno.json")],
      join(import.meta.dirname ?? ".", "stack_process.ts"),
      join(STACK_FOLDER, "functions.bench.log"),
    ],
    stdin: "piped",
    stdout: "piped",
    // Ctrl-C ends the benchmark, whose end closes the stack's input, which stops it in order.
    detached: true,
  }).spawn();
  const variables = await readVariables(child.stdout);
  await letRedisBeOld(variables);
  const sql = postgres(variables.DATABASE_URL ?? "", { max: 4, onnotice: () => {} });
  return {
    pid: child.pid,
    url: variables.SUPABASE_URL ?? "",
    variables,
    control: openControlDoor(variables.STACK_CONTROL_URL ?? ""),
    sql,
    async configure(settings) {
      await sql`update private.settings set ${sql(settings)} where singleton`;
    },
    async violations() {
      const [row] = await sql`select count(*)::integer as count from admin.ledger_violations`;
      return row?.count;
    },
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 });
      await child.stdin.close();
      await child.status;
    },
  };
}

async function readVariables(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Record<string, string>> {
  const lines = stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) throw new Error("The stack did not start");
  return JSON.parse(value);
}
