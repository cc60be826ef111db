/** What supabase-js says of a function that did not answer 2xx. */
import { FunctionsHttpError } from "@supabase/supabase-js";

/** Status and code of a failed call; status 0 when there was no answer. */
export async function inspectFunctionError(
  error: unknown,
): Promise<{ status: number; code: string }> {
  if (!(error instanceof FunctionsHttpError)) return { status: 0, code: "no_answer" };
  const response: Response = error.context;
  const body = await response.json().catch(() => ({}));
  return { status: response.status, code: body.code ?? "unknown" };
}
