/** Finds what the functions say of themselves. */
import type { FunctionDescription } from "../../supabase/functions/_shared/http/operation.ts";
import { listFunctions } from "../check_functions.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

/**
 * Loads the `description` of every function's openapi.ts, in the order of their names.
 *
 * @throws {TypeError} For a function that has none.
 */
export async function loadDescriptions(): Promise<FunctionDescription[]> {
  const names = await listFunctions(FUNCTIONS);
  return await Promise.all(names.map(async (name) => {
    const path = new URL(`${name}/openapi.ts`, FUNCTIONS);
    const module = await import(path.href).catch((cause) => {
      throw new TypeError(`Cannot load ${name}/openapi.ts: wanted for every function`, { cause });
    });
    if (module.description?.name === name) return module.description;
    throw new TypeError(`${name}/openapi.ts exports no "description" of that name`);
  }));
}
