/** The keys of one stack: random, kept beside the data when the data is kept. */
import { join } from "@std/path";

/** Every secret a stack's parts share. */
export interface StackKeys {
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  workerSecret: string;
  telegramBotToken: string;
  awsAccessKeyId: string;
  awsSecretAccessKey: string;
  redisToken: string;
  openAiApiKey: string;
}

/** Makes new keys, each in the form of the service it opens. */
export function createKeys(): StackKeys {
  return {
    publishableKey: `sb_publishable_${randomText(22)}`,
    secretKey: `sb_secret_${randomText(22)}`,
    jwtSecret: randomText(48),
    workerSecret: randomText(32),
    // BotFather's form: the bot's id, a colon, 35 characters.
    telegramBotToken: `${7_000_000_000 + randomNumber(999_999_999)}:${randomText(35)}`,
    awsAccessKeyId: `AKIA${randomText(16).replaceAll(/[^A-Za-z0-9]/g, "X").toUpperCase()}`,
    awsSecretAccessKey: randomText(40),
    redisToken: randomText(40),
    openAiApiKey: `sk-stack-${randomText(32)}`,
  };
}

/** The keys kept in `directory`, or new ones that are then kept there. */
export async function loadKeys(directory: string): Promise<StackKeys> {
  const path = join(directory, "keys.json");
  try {
    // Keys that a later version added are made now.
    return { ...createKeys(), ...JSON.parse(await Deno.readTextFile(path)) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const keys = createKeys();
  await Deno.writeTextFile(path, JSON.stringify(keys, null, 2), { mode: 0o600 });
  return keys;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

function randomNumber(below: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value % below;
}
