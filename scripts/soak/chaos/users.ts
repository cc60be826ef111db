/** The users: supabase-js clients that log in, submit, listen and look, and do not give up on a refusal that passes. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { callFunction, type Login } from "../../demo/api.ts";
import { signInitData } from "../../demo/sign_init_data.ts";
import { inspectFunctionError } from "./function_error.ts";
import { pause } from "../insist.ts";
import type { Random } from "../random.ts";

/** A user who is logged in. */
export interface User {
  id: string;
  telegramId: number;
  /** Credits at the start. */
  credits: number;
  client: SupabaseClient;
  /** The last status heard by Broadcast of each generation; undefined for a user who does not listen. */
  heard: Map<string, string> | undefined;
}

/** An accepted generation. */
export interface Job {
  id: string;
  user: User;
  /** No other job has it: what maps provider calls to jobs. */
  prompt: string;
  size: string;
  format: string;
}

/** What is submitted. */
export interface Submission {
  prompt: string;
  size: string;
  output_format: string;
  quality: "low";
}

/** Where the stack is. */
interface Place {
  url: string;
  variables: Readonly<Record<string, string>>;
}

let nextTelegramId = 9_000;

/** Logs a new user in; `listens` joins the user's private channel. */
export async function logIn(
  { url, variables }: Place,
  { listens = false }: { listens?: boolean } = {},
): Promise<User> {
  const telegramId = nextTelegramId++;
  const botToken = variables.TELEGRAM_BOT_TOKEN ?? "";
  const initData = await signInitData({ botToken, user: { id: telegramId, first_name: "Chaos" } });
  const login = await callFunction<Login>(url, "auth/login", {
    method: "POST",
    body: { initData },
  });
  const client = createClient(url, variables.SUPABASE_PUBLISHABLE_KEY ?? "", {
    accessToken: () => Promise.resolve(login.access_token),
  });
  const { id, credits } = login.user;
  const user: User = { id, telegramId, credits, client, heard: undefined };
  if (listens) await listen(user);
  return user;
}

async function listen(user: User): Promise<void> {
  const heard = new Map<string, string>();
  user.heard = heard;
  await user.client.realtime.setAuth();
  await new Promise<void>((resolve) => {
    user.client.channel(`user:${user.id}`, { config: { private: true } })
      .on("broadcast", { event: "generation" }, ({ payload }) => {
        heard.set(payload.id, payload.status);
      })
      .subscribe((status) => status === "SUBSCRIBED" && resolve());
  });
}

/** A prompt that is nobody else's, in a random shape. */
export function drawSubmission(random: Random, label: string): Submission {
  const tag = Math.floor(random() * 2 ** 48).toString(36);
  const shape = random();
  return {
    prompt: `${label} ${tag}`,
    size: shape < 0.8 ? "1024x1024" : shape < 0.9 ? "1536x1024" : "1024x1536",
    output_format: shape < 0.7 ? "png" : shape < 0.85 ? "webp" : "jpeg",
    quality: "low",
  };
}

/** Refusals that are final; anything else is asked again, under the same key. */
const FINAL = new Set(["insufficient_credits", "invalid_request", "idempotency_conflict"]);
const PATIENCE_MS = 60_000;

/**
 * Submits until it is accepted, as a client that lost an answer does.
 *
 * @throws {Error} For a final refusal, and after a minute.
 */
export async function submit(user: User, submission: Submission): Promise<Job> {
  const key = crypto.randomUUID();
  for (const giveUp = Date.now() + PATIENCE_MS;;) {
    const { data, error } = await user.client.functions.invoke("generation", {
      method: "POST",
      body: submission,
      headers: { "idempotency-key": key },
    });
    if (error === null) {
      const { prompt, size, output_format: format } = submission;
      return { id: data.id, user, prompt, size, format };
    }
    const { code, status } = await inspectFunctionError(error);
    if (FINAL.has(code) || Date.now() > giveUp) {
      throw new Error(`Cannot submit: the answer is ${status} ${code}`);
    }
    await pause(200);
  }
}
