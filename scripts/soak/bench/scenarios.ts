/** Every scenario, in the order they are run. */
import { coldStart } from "./cold_start.ts";
import { cost } from "./cost.ts";
import { crowd } from "./crowd.ts";
import { depth } from "./depth.ts";
import { fairness } from "./fairness.ts";
import { fanout } from "./fanout.ts";
import { lowering } from "./lowering.ts";
import { notify } from "./notify.ts";
import { pace } from "./pace.ts";
import { redisRestart } from "./redis_restart.ts";
import type { Scenario } from "./scenario.ts";
import { spike } from "./spike.ts";
import { start } from "./start.ts";
import { submit } from "./submit.ts";
import { throughput } from "./throughput.ts";
import { waiting } from "./waiting.ts";

/** The scenarios, by the names they are asked for. */
export const SCENARIOS: readonly Scenario[] = [
  submit,
  start,
  throughput,
  notify,
  depth,
  spike,
  fairness,
  fanout,
  lowering,
  pace,
  waiting,
  crowd,
  redisRestart,
  cost,
  coldStart,
];
