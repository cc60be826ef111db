// docs/api.md and docs/openapi.json as strangers use them: a shell with curl, and a generated client.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import openapiTS, { astToString } from "openapi-typescript";
import { signInitData } from "../demo/sign_init_data.ts";
import { PROJECT_ROOT } from "../stack/supabase_cli.ts";
import { hasProcessTable, makePlace } from "./program.ts";
import { startStackProgram } from "./stack_program.ts";

const CONFIG = join(PROJECT_ROOT, "deno.json");

/** Runs a command; gives what it wrote, and fails with it. */
async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { ...env, NO_COLOR: "1" },
    cwd: PROJECT_ROOT,
    stdin: "null",
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(success, true, `${command} ${args.join(" ")}\n${out}${error}`);
  return out ?? "";
}

Deno.test({
  name: "docs/api.md and a client generated from docs/openapi.json reach the picture",
  ignore: !hasProcessTable,
  async fn(t) {
    await using place = await makePlace();
    const stack = startStackProgram(place);
    const { SUPABASE_URL: url = "", TELEGRAM_BOT_TOKEN: botToken = "" } = await stack.ready();

    await t.step("every shell block of docs/api.md runs as it stands", async () => {
      const page = await Deno.readTextFile(join(PROJECT_ROOT, "docs/api.md"));
      const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text);
      assertEquals(blocks.length, 5);
      // The stack of this test keeps its addresses elsewhere.
      const commands = blocks.join("\n").replaceAll(".stack/", `${place.stackFolder}/`);
      const out = await run("sh", ["-e", "-c", commands], {
        PIXELPOP_STACK_FOLDER: place.stackFolder,
      });
      assertStringIncludes(out, '"status":"COMPLETED"');
      const picture = await Deno.readFile(join(place.stackFolder, "picture.png"));
      assertEquals([...picture.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
    });

    await t.step("a generated client compiles, logs in, submits and gets", async () => {
      const document = await Deno.readTextFile(join(PROJECT_ROOT, "docs/openapi.json"));
      const folder = join(place.stackFolder, "generated_client");
      await Deno.mkdir(folder);
      // What has a default may be left out of a body.
      const nodes = await openapiTS(JSON.parse(document), { defaultNonNullable: false });
      const types = astToString(nodes);
      await Deno.writeTextFile(join(folder, "api.d.ts"), types);
      const source = join(PROJECT_ROOT, "scripts/tests/generated_client/program.ts");
      const program = join(folder, "program.ts");
      await Deno.copyFile(source, program);
      await run(Deno.execPath(), ["check", "--quiet", "--config", CONFIG, program]);
      const initData = await signInitData({ botToken, user: { id: 7, first_name: "Ada" } });
      const args = ["run", "--quiet", "-A", "--config", CONFIG, program, url, initData];
      assertMatch(await run(Deno.execPath(), args), /^COMPLETED$/m);
    });

    await stack.endBy("SIGTERM");
  },
});
