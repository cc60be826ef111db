/** How old the data in a stack's Redis pass for: the functions ask Postgres as well while they are young. */

/**
 * Has the data pass for old, as they are in a deployment that has run for a while. Nothing is done where the
 * stack has no Redis.
 *
 * @param variables What `.stack/env` holds.
 * @throws {Error} When Redis does not take it.
 */
export async function letRedisBeOld(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = variables;
  if (url === undefined) return;
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    // Where `redis_age.ts` of the functions looks.
    body: JSON.stringify(["SET", "pixelpop:since", 1]),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`Cannot let Redis be old: ${response.status} ${answer}`);
}
