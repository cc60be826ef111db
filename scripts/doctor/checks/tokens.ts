/** The Data API accepts a token signed by our key, and shows its bearer nothing of others. */
import { accessTokenSettings } from "../../../supabase/functions/_shared/config/access_token.ts";
import { createAccessTokens } from "../../../supabase/functions/_shared/auth/access_token.ts";
import { readConfig } from "../../../supabase/functions/_shared/config/read_config.ts";
import type { Check } from "../check.ts";
import type { Deployment } from "../deployment.ts";
import { ok, wrong } from "../finding.ts";

/** A token of nobody: a user who does not exist. */
export async function signToken({ env, now }: Deployment): Promise<{ id: string; token: string }> {
  const { key } = readConfig(env, { key: accessTokenSettings });
  const tokens = createAccessTokens({ key, supabaseUrl: env("SUPABASE_URL") ?? "", now });
  const id = crypto.randomUUID();
  const { accessToken } = await tokens.issue({ userId: id, sessionId: crypto.randomUUID() });
  return { id, token: accessToken };
}

/** What to do when our signature is not known. */
export const KEY_CURE =
  "JWT_SECRET must be the project's (dashboard, Settings → JWT Keys → Legacy JWT secret); a project with asymmetric keys takes JWT_SIGNING_KEY, imported there as standby key and rotated in";

/** See the head of this file. */
export const tokens: Check = {
  name: "tokens",
  needs: ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"],
  cure: KEY_CURE,
  async run(deployment) {
    const { env, fetch } = deployment;
    const { token } = await signToken(deployment);
    const response = await fetch(`${env("SUPABASE_URL")}/rest/v1/generations?select=id&limit=1`, {
      headers: { apikey: env("SUPABASE_PUBLISHABLE_KEY") ?? "", authorization: `Bearer ${token}` },
    });
    const body = await response.text();
    if (response.status === 401) {
      return [wrong("The Data API refuses a token signed by our key (401)", KEY_CURE)];
    }
    if (!response.ok) {
      return [wrong(
        `The Data API answers a logged-in user with ${response.status}: ${body.slice(0, 200)}`,
        "See the check migrations: grants and policies come with them",
      )];
    }
    if (body.trim() !== "[]") {
      return [wrong(
        "A user sees generations of others",
        "alter table public.generations enable row level security; and see its policies: supabase db push",
      )];
    }
    return [ok("the Data API accepts a token signed by our key")];
  },
};
