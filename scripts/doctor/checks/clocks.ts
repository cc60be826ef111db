/** The clocks of all parties agree: signatures, tokens and initData are refused beyond half a minute. */
import { openAiSettings } from "../../../supabase/functions/_shared/config/openai.ts";
import { readConfig } from "../../../supabase/functions/_shared/config/read_config.ts";
import type { Check } from "../check.ts";
import type { Deployment } from "../deployment.ts";
import { ok, wrong } from "../finding.ts";
import { BUCKET_NEEDS, openBucket } from "../bucket.ts";

const MAX_SECONDS = 30;

/** See the head of this file. */
export const clocks: Check = {
  name: "clocks",
  needs: ["SUPABASE_URL"],
  cure: "Which party does not answer, its own check says",
  async run(deployment) {
    const offsets = await readOffsets(deployment);
    const off = offsets.filter(({ seconds }) => Math.abs(seconds) > MAX_SECONDS);
    if (off.length > 0) {
      // When all are off alike it is the one who asks.
      const isMine = off.length === offsets.length && off.length > 1;
      const list = off.map(({ name, seconds }) => `${name} ${seconds} s`).join(", ");
      return [wrong(
        `Clocks differ from this machine's: ${list}`,
        isMine
          ? "Set this machine's clock (timedatectl set-ntp true)"
          : "Mend that party's clock: signatures, tokens and initData are refused beyond 30 s",
      )];
    }
    return [ok(`${offsets.map(({ name }) => name).join(", ")} agree within ${MAX_SECONDS} s`)];
  },
};

async function readOffsets(deployment: Deployment) {
  const { env, now, sql } = deployment;
  const urls = new Map([["functions", `${env("SUPABASE_URL")}/functions/v1/auth`]]);
  if (BUCKET_NEEDS.every(env)) {
    urls.set("bucket", openBucket(deployment).publicUrl("generations/x"));
  }
  if (env("OPENAI_API_KEY")) {
    const { openai } = readConfig(env, { openai: openAiSettings });
    urls.set("provider", `${openai.baseUrl ?? "https://api.openai.com/v1"}/models`);
  }
  if (env("TELEGRAM_BOT_TOKEN")) {
    urls.set("Telegram", env("TELEGRAM_API_BASE_URL") ?? "https://api.telegram.org");
  }
  const offsets = await Promise.all(
    [...urls].map(async ([name, url]) => ({ name, seconds: await offsetOf(url, deployment) })),
  );
  if (env("DATABASE_URL")) {
    const [row] = await sql`select extract(epoch from clock_timestamp())::float as seconds`;
    offsets.push({ name: "database", seconds: Math.round(row?.seconds - now() / 1000) });
  }
  return offsets.filter((it): it is { name: string; seconds: number } => it.seconds !== null);
}

async function offsetOf(url: string, { fetch, now }: Deployment): Promise<number | null> {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
  await response.body?.cancel();
  const date = response.headers.get("date");
  return date === null ? null : Math.round((Date.parse(date) - now()) / 1000);
}
