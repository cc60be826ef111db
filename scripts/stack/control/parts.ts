/** What the control door asks of the parts of a stack: the smallest interfaces, which the parts fit as they are. */
import type { BotApi } from "../bot_api.ts";
import type { OpenAi } from "../openai.ts";
import type { RedisFaults } from "../redis_rest.ts";
import type { S3 } from "../s3.ts";

/** The parts a door leads to. A part that is absent in a stack has doors that say so. */
export interface ControlledParts {
  openai: Omit<OpenAi, "url" | "close">;
  s3: Omit<S3, "url" | "close">;
  /** Absent without a redis-server. */
  redis?: { setFaults(faults: RedisFaults): Promise<void> | void } | undefined;
  /** The Redis server behind it, when it is our own. */
  redisServer?: { kill(): Promise<void>; restart(): Promise<void> } | undefined;
  /** Absent with a real bot. */
  bot?: Omit<BotApi, "close"> | undefined;
  webhooks: { mode: "deliver" | "drop" };
  cron: { mode: "run" | "stop" };
  functions: {
    /** Ends the process of a function as a crash does (SIGKILL); the next request starts another. */
    kill(name: string): Promise<unknown> | unknown;
  };
  /** The functions there are. @default {["auth", "generation", "worker"]} */
  functionNames?: readonly string[];
  realtime: {
    dropAll(): void;
    silence(on: boolean): void;
    pause(on: boolean): void;
  };
  postgres?: { restart(mode: "fast" | "immediate"): Promise<void> } | undefined;
  /** Calls the worker as the database webhook does. */
  ringWorker?: (() => Promise<unknown>) | undefined;
}
