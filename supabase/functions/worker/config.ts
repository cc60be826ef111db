/** The settings of the worker function. */
import { readConfig } from "../_shared/config/read_config.ts";
import { type OpenAiConfig, readOpenAiConfig } from "../_shared/config/openai.ts";
import { readStorageConfig, type StorageConfig } from "../_shared/config/storage.ts";
import { readSupabaseConfig, type SupabaseConfig } from "../_shared/config/supabase.ts";
import { type BotConfig, readBotConfig } from "../_shared/config/telegram.ts";
import { readWorkerConfig, type WorkerConfig } from "../_shared/config/worker.ts";

/** Everything the worker function reads from its environment. */
export interface WorkerFunctionConfig {
  supabase: SupabaseConfig;
  worker: WorkerConfig;
  openai: OpenAiConfig;
  storage: StorageConfig;
  /** Without it the bot sends no messages. */
  bot: BotConfig | undefined;
}

/**
 * Reads the settings of the worker function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readWorkerFunctionConfig(
  env: (name: string) => string | undefined,
): Readonly<WorkerFunctionConfig> {
  return readConfig(env, (reader) => ({
    supabase: readSupabaseConfig(reader),
    worker: readWorkerConfig(reader),
    openai: readOpenAiConfig(reader),
    storage: readStorageConfig(reader),
    bot: readBotConfig(reader),
  }));
}
