/** The doors of the control door: which address reads or changes what. */
import type { BotFault } from "../bot_api.ts";
import type { OpenAiFault } from "../openai.ts";
import type { RedisFaults } from "../redis_rest.ts";
import type { S3Faults } from "../s3.ts";
import type { ControlledParts } from "./parts.ts";
import { modeOf, numberOf, objectOf, stringsOf } from "./values.ts";

/** What each method of one address does. `put` and `post` take the JSON body, undefined without one. */
export interface Door {
  get?(): unknown;
  put?(value: unknown): Promise<void> | void;
  post?(value: unknown): Promise<unknown> | unknown;
  delete?(): void;
}

/** An address that leads nowhere in this stack; answered with 404. */
export class NoSuchPartError extends Error {
  override name = "NoSuchPartError";
}

const FUNCTION_NAMES = ["auth", "generation", "worker"];
const REALTIME_MODES = ["up", "down", "silent"] as const;
const MAX_RINGS = 1000;

/** All doors of a stack, by path. Setters throw a TypeError for a value they do not take. */
export function openDoors(parts: ControlledParts): Map<string, Door> {
  return new Map<string, Door>([
    ...openAiDoors(parts),
    ...s3Doors(parts),
    ["/redis/faults", redisDoor(parts)],
    ...redisServerDoors(parts),
    ...botDoors(parts),
    ...workerDoors(parts),
    ...realtimeDoors(parts),
    ["/postgres/restart", {
      async post(value) {
        const mode = modeOf(value ?? { mode: "fast" }, ["fast", "immediate"]);
        if (parts.postgres === undefined) throw new NoSuchPartError("This stack has no Postgres");
        await parts.postgres.restart(mode);
        return { mode };
      },
    }],
  ]);
}

function openAiDoors({ openai }: ControlledParts): [string, Door][] {
  return [
    ["/openai/latency", {
      get: () => openai.latency(),
      put(value) {
        const { ms, jitter_ms: jitter = 0 } = objectOf(value, ["ms", "jitter_ms"]);
        openai.setLatency({ ms: numberOf(ms, "ms"), jitter_ms: numberOf(jitter, "jitter_ms") });
      },
    }],
    ["/openai/picture", {
      get: () => ({ bytes: openai.pictureBytes() }),
      put(value) {
        const { bytes } = objectOf(value, ["bytes"]);
        openai.setPictureBytes(numberOf(bytes, "bytes"));
      },
    }],
    ["/openai/faults", {
      get: () => openai.faults(),
      put: (value) => openai.setFaults(value as OpenAiFault[]), // checked there
    }],
    ["/openai/models", {
      get: () => openai.models(),
      put(value) {
        const { retired } = objectOf(value, ["retired"]);
        openai.setRetiredModels(stringsOf(retired, "retired"));
      },
    }],
    ["/openai/requests", {
      get: () => openai.requests(),
      delete: () => openai.clearRequests(),
    }],
  ];
}

function s3Doors({ s3 }: ControlledParts): [string, Door][] {
  return [
    ["/s3/faults", {
      get: () => s3.faults(),
      put: (value) => s3.setFaults(value as S3Faults), // checked there
    }],
    ["/s3/requests", { get: () => s3.journal(), delete: () => s3.clearJournal() }],
  ];
}

function redisDoor({ redis }: ControlledParts): Door {
  let last: RedisFaults = "ok";
  const part = () => {
    if (redis !== undefined) return redis;
    throw new NoSuchPartError("This stack has no Redis: there is no redis-server on PATH");
  };
  return {
    /** What was set last: of a list, also what is spent. */
    get: () => part() && last,
    async put(value) {
      const isMode = typeof value === "object" && value !== null && "mode" in value;
      const faults = (isMode ? value.mode : value) as RedisFaults; // checked there
      await part().setFaults(faults);
      last = faults;
    },
  };
}

function botDoors({ bot }: ControlledParts): [string, Door][] {
  const part = () => {
    if (bot !== undefined) return bot;
    throw new NoSuchPartError("This stack sends by Telegram's own Bot API");
  };
  return [
    ["/bot", { get: () => ({ url: part().url }) }],
    ["/bot/requests", { get: () => part().requests(), delete: () => part().clearRequests() }],
    ["/bot/faults", {
      get: () => part().faults(),
      put: (value) => part().setFaults(value as BotFault[]), // checked there
    }],
  ];
}

function redisServerDoors({ redisServer }: ControlledParts): [string, Door][] {
  const part = () => {
    if (redisServer !== undefined) return redisServer;
    throw new NoSuchPartError("This stack has no Redis of its own to kill");
  };
  return [
    ["/redis/kill", {
      async post() {
        await part().kill();
        return { killed: "redis" };
      },
    }],
    ["/redis/restart", {
      async post() {
        await part().restart();
        return { restarted: "redis" };
      },
    }],
  ];
}

function workerDoors(
  { webhooks, cron, functions, functionNames = FUNCTION_NAMES, ringWorker }: ControlledParts,
): [string, Door][] {
  return [
    ["/webhooks", {
      get: () => ({ mode: webhooks.mode }),
      put: (value) => void (webhooks.mode = modeOf(value, ["deliver", "drop"])),
    }],
    ["/webhooks/repeat", {
      async post(value) {
        const { times = 2 } = objectOf(value ?? {}, ["times"]);
        if (!Number.isInteger(times) || Number(times) < 1 || Number(times) > MAX_RINGS) {
          throw new TypeError(
            `"times" must be a whole number from 1 to ${MAX_RINGS}: got ${JSON.stringify(times)}`,
          );
        }
        if (ringWorker === undefined) {
          throw new NoSuchPartError("This stack cannot ring its worker");
        }
        await Promise.all(Array.from({ length: Number(times) }, () => ringWorker()));
        return { times };
      },
    }],
    ["/cron", {
      get: () => ({ mode: cron.mode }),
      put: (value) => void (cron.mode = modeOf(value, ["run", "stop"])),
    }],
    ...functionNames.map((name): [string, Door] => [`/functions/${name}/kill`, {
      async post() {
        await functions.kill(name);
        return { killed: name };
      },
    }]),
  ];
}

function realtimeDoors({ realtime }: ControlledParts): [string, Door][] {
  let mode: (typeof REALTIME_MODES)[number] = "up";
  return [
    ["/realtime", {
      get: () => ({ mode }),
      put(value) {
        mode = modeOf(value, REALTIME_MODES);
        realtime.pause(mode === "down");
        realtime.silence(mode === "silent");
        if (mode === "down") realtime.dropAll();
      },
    }],
    ["/realtime/drop", {
      post() {
        realtime.dropAll();
        return { dropped: true };
      },
    }],
  ];
}
