/** The settings of the worker function. */
import { openAiSettings } from "../_shared/config/openai.ts";
import { readConfig } from "../_shared/config/read_config.ts";
import { storageSettings } from "../_shared/config/storage.ts";
import { supabaseSettings } from "../_shared/config/supabase.ts";
import { botSettings } from "../_shared/config/telegram.ts";
import { workerSettings } from "../_shared/config/worker.ts";

/** Everything the worker function reads from its environment. */
export type WorkerFunctionConfig = ReturnType<typeof readWorkerFunctionConfig>;

/**
 * Reads the settings of the worker function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readWorkerFunctionConfig(env: (name: string) => string | undefined) {
  return readConfig(env, {
    supabase: supabaseSettings,
    worker: workerSettings,
    openai: openAiSettings,
    storage: storageSettings,
    // Without it the bot sends no messages.
    bot: botSettings,
  });
}
