/** `redis_restart`: the limit holds while Redis is killed and comes back empty. */
import { runClients } from "./clients.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { submit } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

export const redisRestart: Scenario = {
  name: "redis_restart",
  about: "Redis killed and restarted in mid-spike: the limit holds, no 5xx",
  run,
};

const LIMIT = 5;

async function run({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  if (stack.variables.UPSTASH_REDIS_REST_URL === undefined) {
    throw new Error("There is no redis-server on PATH, which this scenario kills");
  }
  const size = isQuick
    ? { users: 3, clients: 3, phaseSeconds: 1 }
    : { users: 60, clients: 32, phaseSeconds: 4 };
  await stack.configure({
    max_concurrent: 10,
    max_pending_per_user: 1_000,
    max_queue_seconds: 1_000_000,
    rate_limit_per_minute: LIMIT,
  });
  await stack.control.put("/openai/latency", { ms: 100_000 });
  const users = await createUsers(stack, { count: size.users });
  const accepted = new Map<BenchUser, number>();
  const statuses = new Map<string, number>();
  const work = async (user: BenchUser) => {
    const { status, code } = await submit(stack, { user, prompt: "over and over" });
    const key = `${status} ${code ?? "accepted"}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    if (code === null) accepted.set(user, (accepted.get(user) ?? 0) + 1);
  };
  const phase = async (name: string) => {
    say(name);
    await runClients(users, { clients: size.clients, seconds: size.phaseSeconds, work });
  };

  const startedAt = performance.now();
  await phase("Redis judges");
  // The kill falls into the traffic, as does the restart.
  await Promise.all([phase("Redis is killed"), stack.control.post("/redis/kill")]);
  await phase("Postgres judges");
  await Promise.all([phase("Redis is restarted"), stack.control.post("/redis/restart")]);
  await phase("Redis judges again");
  const refills = Math.ceil((performance.now() - startedAt) / 1000 * LIMIT / 60);

  const most = Math.max(...users.map((user) => accepted.get(user) ?? 0));
  const sum = (matches: (key: string) => boolean) =>
    [...statuses].reduce((total, [key, count]) => total + (matches(key) ? count : 0), 0);
  return [
    { name: "accepted", value: sum((key) => key.endsWith("accepted")), unit: "" },
    { name: "429 rate_limited", value: sum((key) => key === "429 rate_limited"), unit: "" },
    {
      name: "most accepted of one user",
      value: most,
      unit: "",
      // The bucket's allowance twice, and what trickled in meanwhile.
      wanted: { atMost: 2 * LIMIT + refills },
      isInvariant: true,
    },
    mustBeZero("5xx", sum((key) => key.startsWith("5"))),
    mustBeZero("other answers", sum((key) => !/^(202 accepted|429 rate_limited|5)/.test(key))),
  ];
}
