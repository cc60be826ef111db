/** Realtime lets a user into the own private channel, and into no other. */
import { createClient } from "@supabase/supabase-js";
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";
import { KEY_CURE, signToken } from "./tokens.ts";

const JOIN_MS = 15_000;

/** See the head of this file. */
export const realtime: Check = {
  name: "realtime",
  needs: ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"],
  cure: KEY_CURE,
  async run(deployment) {
    const { env } = deployment;
    const { id, token } = await signToken(deployment);
    const client = createClient(
      env("SUPABASE_URL") ?? "",
      env("SUPABASE_PUBLISHABLE_KEY") ?? "",
      { accessToken: () => Promise.resolve(token) },
    );
    try {
      await client.realtime.setAuth();
      const join = (topic: string) =>
        new Promise<string>((resolve) => {
          const timer = setTimeout(() => resolve("no answer in time"), JOIN_MS);
          client.channel(topic, { config: { private: true } }).subscribe((status, error) => {
            if (status === "CLOSED") return;
            clearTimeout(timer);
            resolve(status === "SUBSCRIBED" ? status : error?.message ?? status);
          });
        });
      const own = await join(`user:${id}`);
      if (own !== "SUBSCRIBED") {
        return [wrong(
          `Realtime does not let a user into the own channel: ${own}`,
          `${KEY_CURE}; and the policy on realtime.messages comes with the migrations`,
        )];
      }
      const foreign = await join(`user:${crypto.randomUUID()}`);
      if (foreign === "SUBSCRIBED") {
        return [wrong(
          "Realtime lets a user into another's channel",
          "Drop what other policies there are on realtime.messages, and disable public access (dashboard, Realtime → Settings)",
        )];
      }
      return [ok("Realtime lets a user into the own private channel alone")];
    } finally {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    }
  },
};
