/** Faults configured for a stand-in, one spent a request, in order; and the check of such a list as it arrives in JSON. */

/** What every fault may carry: how many requests it hits before it is spent (1 by default). */
export interface Repeated {
  times?: number;
}

/** The queue of one stand-in. */
export class FaultQueue<Fault extends Repeated> {
  #faults: Fault[] = [];
  #changed = new AbortController();

  /** Replaces the whole queue; `changed` of the old one aborts. */
  set(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ ...fault }));
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** What is not spent yet. */
  list(): Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  /** Aborts at the next `set`: what a hanging request waits for. */
  get changed(): AbortSignal {
    return this.#changed.signal;
  }

  /** Spends the first fault that `matches`, if any. */
  take(matches: (fault: Fault) => boolean): Fault | undefined {
    const index = this.#faults.findIndex(matches);
    const fault = this.#faults[index];
    if (fault === undefined) return undefined;
    const left = (fault.times ?? 1) - 1;
    if (left > 0) this.#faults[index] = { ...fault, times: left };
    else this.#faults.splice(index, 1);
    return fault;
  }
}

/** What a field of a fault may hold; `flag` is the value `true`. */
export type FieldRule =
  | "flag"
  | "flag or text"
  | "flag or bytes"
  | "text"
  | "status"
  | "ms"
  | "count"
  | "seconds";

/** The fields of one stand-in's faults. Of `kinds` a fault names at most one. */
export interface FaultRules {
  kinds: Record<string, FieldRule>;
  modifiers: Record<string, FieldRule>;
}

/**
 * Checks a list of faults from outside.
 *
 * @throws {TypeError} For anything but an array of objects with known fields of the right type.
 */
export function parseFaults<Fault extends Repeated>(value: unknown, rules: FaultRules): Fault[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`Faults must be an array of objects: got ${JSON.stringify(value)}`);
  }
  return value.map((fault) => {
    checkFault(fault, rules);
    return fault as Fault;
  });
}

function checkFault(fault: unknown, { kinds, modifiers }: FaultRules): void {
  const shown = JSON.stringify(fault);
  if (typeof fault !== "object" || fault === null || Array.isArray(fault)) {
    throw new TypeError(`A fault must be an object: got ${shown}`);
  }
  for (const [field, value] of Object.entries(fault)) {
    const rule = kinds[field] ?? modifiers[field];
    if (rule === undefined) {
      const known = [...Object.keys(kinds), ...Object.keys(modifiers)].join(", ");
      throw new TypeError(`A fault has no field "${field}": got ${shown}, known are ${known}`);
    }
    if (!holds(value, rule)) {
      throw new TypeError(`"${field}" of a fault must be ${WANTED[rule]}: got ${shown}`);
    }
  }
  const named = Object.keys(fault).filter((field) => field in kinds);
  if (named.length > 1) {
    throw new TypeError(`A fault does one thing: got "${named.join('" and "')}" in ${shown}`);
  }
}

const WANTED: Record<FieldRule, string> = {
  "flag": "true",
  "flag or text": "true or a string",
  "flag or bytes": "true or a whole number of bytes",
  "text": "a string",
  "status": "an HTTP status from 400 to 599, or 200",
  "ms": "a number of milliseconds, 0 or more",
  "count": "a whole number, 1 or more",
  "seconds": "a number of seconds, 0 or more",
};

function holds(value: unknown, rule: FieldRule): boolean {
  switch (rule) {
    case "flag":
      return value === true;
    case "text":
      return typeof value === "string" && value !== "";
    case "flag or text":
      return value === true || holds(value, "text");
    case "flag or bytes":
      return value === true || holds(value, "count");
    case "status":
      return value === 200 ||
        (Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599);
    case "count":
      return Number.isSafeInteger(value) && Number(value) >= 1;
    case "ms":
    case "seconds":
      return typeof value === "number" && Number.isFinite(value) && value >= 0;
  }
}
