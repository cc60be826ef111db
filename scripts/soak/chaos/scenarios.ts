/** Every scenario, in the order they are told. */
import { KILL_SCENARIOS } from "./kill_scenarios.ts";
import { LIFETIME_SCENARIOS } from "./lifetime_scenarios.ts";
import { MIXED_SCENARIO } from "./mixed_scenario.ts";
import { OUTAGE_SCENARIOS } from "./outage_scenarios.ts";
import { PROVIDER_SCENARIOS } from "./provider_scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { SUBMISSION_SCENARIOS } from "./submission_scenarios.ts";

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  ...KILL_SCENARIOS,
  ...LIFETIME_SCENARIOS,
  ...PROVIDER_SCENARIOS,
  ...OUTAGE_SCENARIOS,
  ...SUBMISSION_SCENARIOS,
  MIXED_SCENARIO,
];
