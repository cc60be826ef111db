/** All checks, in the order of the report: from the settings outwards. */
import type { Check } from "./check.ts";
import { advisors } from "./checks/advisors.ts";
import { anonymous } from "./checks/anonymous.ts";
import { bot } from "./checks/bot.ts";
import { bucketCors } from "./checks/bucket_cors.ts";
import { bucketPictures } from "./checks/bucket_pictures.ts";
import { bucketPrivate } from "./checks/bucket_private.ts";
import { clocks } from "./checks/clocks.ts";
import { database } from "./checks/database.ts";
import { extensions } from "./checks/extensions.ts";
import { functions } from "./checks/functions.ts";
import { menuButton } from "./checks/menu_button.ts";
import { migrations } from "./checks/migrations.ts";
import { provider } from "./checks/provider.ts";
import { realtime } from "./checks/realtime.ts";
import { redis } from "./checks/redis.ts";
import { ring } from "./checks/ring.ts";
import { schedules } from "./checks/schedules.ts";
import { settings } from "./checks/settings.ts";
import { tokens } from "./checks/tokens.ts";
import { vault } from "./checks/vault.ts";
import { webhook } from "./checks/webhook.ts";
import { workerSecret } from "./checks/worker_secret.ts";

/** Each by its name. */
export const CHECKS: readonly Check[] = [
  ...[settings, functions, workerSecret],
  ...[database, migrations, extensions, schedules, vault, ring, advisors],
  ...[anonymous, tokens, realtime],
  ...[bucketPictures, bucketPrivate, bucketCors],
  ...[redis, provider, bot, webhook, menuButton, clocks],
];
