/** The provider's list of models, each with the date on which it ends, if that is announced. */

const OPENAI_BASE_URL = "https://api.openai.com/v1";
const TIMEOUT_MS = 15_000;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Asks `GET /models` (https://platform.openai.com/docs/api-reference/models/list).
 *
 * @returns By model the date of its shutdown as YYYY-MM-DD, `null` where none is announced.
 * @throws {Error} When the endpoint does not answer with a list.
 */
export async function listModels(
  { apiKey, baseUrl, fetch }: {
    apiKey: string;
    baseUrl: string | undefined;
    fetch: typeof globalThis.fetch;
  },
): Promise<Map<string, string | null>> {
  const response = await fetch(`${baseUrl ?? OPENAI_BASE_URL}/models`, {
    headers: { authorization: `Bearer ${apiKey}` },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = await response.json().catch(() => null) as { data?: unknown } | null;
  if (!response.ok || !Array.isArray(answer?.data)) {
    throw new Error(
      `Cannot read the list of models: the answer is ${response.status}, wanted a list`,
    );
  }
  const models = new Map<string, string | null>();
  for (const model of answer.data as { id?: unknown; shutdown_date?: unknown }[]) {
    if (typeof model?.id !== "string") continue;
    models.set(model.id, toDate(model.shutdown_date));
  }
  return models;
}

/** Dates come as text or as seconds since the epoch. */
function toDate(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) {
    return new Date(value * 1000).toISOString().slice(0, 10);
  }
  return typeof value === "string" && ISO_DATE.test(value.slice(0, 10)) ? value.slice(0, 10) : null;
}
