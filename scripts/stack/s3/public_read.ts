/** Which objects anybody may read: those a bucket's policy names. */

/** Prefixes of keys in docs/deploy/bucket_policy.json. */
export const PUBLIC_PREFIXES: readonly string[] = ["generations/", "previews/"];

/** Whether an anonymous caller may read `key`; without prefixes everything is public. */
export function isPublic(key: string, prefixes: readonly string[] | undefined): boolean {
  return prefixes === undefined || prefixes.some((prefix) => key.startsWith(prefix));
}
