/** deploy as a command: the real CLI, the stack's database as the remote, a stand-in for the Management API. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import postgres from "postgres";
import {
  startWholeStack,
  type WholeStack,
} from "../../../supabase/functions/tests/e2e/whole_stack.ts";
import { botOfStack } from "../../doctor/settings_file.ts";
import { findSources } from "../../doctor/sources.ts";
import { startManagementApi } from "../../stack/management_api.ts";
import { withLock } from "../lock.ts";

const PROJECT_REF = "abcdefghijklmnopqrst";
const ACCESS_TOKEN = `sbp_${"0123456789abcdef".repeat(3).slice(0, 40)}`;
const OPERATORS = /^(SUPABASE_\w+|DATABASE_URL|STACK_CONTROL_URL)$/;

/** What is deployed with: the settings the stack gave its functions. */
async function settingsOf(
  { variables }: WholeStack,
  profile: string,
): Promise<Record<string, string>> {
  const { STACK_CONTROL_URL: control = "", ...settings } = variables;
  return {
    ...settings,
    ...await botOfStack(control),
    MINI_APP_URL: "https://app.example.com/",
    SUPABASE_PROJECT_REF: PROJECT_REF,
    SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN,
    SUPABASE_PROFILE: profile,
  };
}

Deno.test("deploy", async (t) => {
  const stack = await startWholeStack();
  const api = startManagementApi({ projectRef: PROJECT_REF, accessToken: ACCESS_TOKEN });
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-deploy-" });
  const profile = join(folder, "profile.yml");
  await Deno.writeTextFile(profile, api.profile);
  const settings = await settingsOf(stack, profile);
  const outputs: string[] = [];

  async function deploy(...args: string[]): Promise<{ code: number; output: string }> {
    const file = join(folder, "production.env");
    const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
    await Deno.writeTextFile(file, lines.join(""));
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/deploy.ts", `--env-file=${file}`, ...args],
      cwd: new URL("../../..", import.meta.url),
    }).output();
    const output = new TextDecoder().decode(stdout);
    outputs.push(output);
    return { code, output };
  }

  try {
    const { functions } = await findSources();
    await stack.sql`delete from vault.secrets where name = 'worker_url'`;
    await stack.sql`
      select vault.update_secret(id, 'of-before') from vault.secrets where name = 'worker_secret'`;

    await t.step("--dry-run tells every change and makes none", async () => {
      const { code, output } = await deploy("--dry-run");
      assertEquals(code, 0, output);
      for (
        const line of [
          "migrations: nothing to do",
          "secrets: would set secret WORKER_SECRET",
          "functions: would deploy function worker",
          "vault: would create Vault secret worker_url",
          "vault: would change Vault secret worker_secret",
          "menu_button: would let the menu button open https://app.example.com/",
        ]
      ) assertStringIncludes(output, line);
      assertEquals(api.changes(), []);
      const [known] = await stack.sql`select count(*)::integer as n from vault.secrets`;
      assertEquals(known?.n, 1);
    });

    await t.step("stops at the first failure, before what follows", async () => {
      api.fail("POST /functions/deploy");
      const { code, output } = await deploy();
      api.fail("");
      assertEquals(code, 1);
      assertStringIncludes(output, 'Stopped at "functions": "supabase functions deploy" failed');
      assertStringIncludes(output, "run the same command again");
      assertEquals(output.includes("vault:"), false);
      assertEquals(api.functions(), []);
    });

    await t.step("goes on there when it is run again, and ends with doctor", async () => {
      const { code, output } = await deploy();
      assertEquals(code, 0, output);
      assertStringIncludes(output, "secrets: nothing to do");
      assertEquals(api.functions(), functions);
      const wanted = Object.entries(settings).filter(([name]) => !OPERATORS.test(name));
      const { FUNCTIONS_SHA256: record, ...set } = api.secrets();
      assertEquals(set, Object.fromEntries(wanted));
      assertMatch(record ?? "", /^[0-9a-f]{64}$/);
      const secrets = await stack.sql`
        select name, decrypted_secret as value from vault.decrypted_secrets order by name`;
      assertEquals([...secrets], [
        { name: "worker_secret", value: settings.WORKER_SECRET },
        { name: "worker_url", value: `${settings.SUPABASE_URL}/functions/v1/worker` },
      ]);
      assertMatch(output, /ok +menu_button +the menu button opens the Mini App/);
      assertMatch(output, /ok +ring /);
    });

    await t.step("changes nothing when it is run once more", async () => {
      const before = api.changes();
      const { code, output } = await deploy();
      assertEquals(code, 0, output);
      assertStringIncludes(output, "Nothing to change");
      assertEquals(api.changes(), before);
    });

    await t.step("sets a setting that was changed, and that alone", async () => {
      settings.CORS_ORIGINS = "https://app.example.com";
      const { output } = await deploy("--dry-run");
      assertStringIncludes(output, "secrets: would set secret CORS_ORIGINS");
      assertStringIncludes(output, "1 changes would be made");
      delete settings.CORS_ORIGINS;
    });

    await t.step("refuses while another one is under way", async () => {
      const other = postgres(settings.DATABASE_URL ?? "", { max: 1 });
      try {
        await withLock(other, async () => {
          const { code, output } = await deploy();
          assertEquals(code, 1);
          assertMatch(output, /Another deployment is under way since .* \(pid \d+\)/);
        });
      } finally {
        await other.end();
      }
    });

    await t.step(
      "refuses settings that no function would start with, before anything",
      async () => {
        const before = api.changes();
        settings.OPENAI_IMAGE_MODELS = "one,one";
        const { code, output } = await deploy();
        delete settings.OPENAI_IMAGE_MODELS;
        assertEquals(code, 1);
        assertStringIncludes(output, "OPENAI_IMAGE_MODELS is");
        assertEquals(api.changes(), before);
      },
    );

    await t.step("prints no secret", () => {
      for (const [name, value] of Object.entries(settings)) {
        if (!/KEY|SECRET|TOKEN|^DATABASE_URL$/.test(name) || /PUBLISHABLE/.test(name)) continue;
        assert(!outputs.some((output) => output.includes(value)), `${name} is printed`);
      }
    });
  } finally {
    await api.close();
    await Deno.remove(folder, { recursive: true });
    await stack.stop();
  }
});
