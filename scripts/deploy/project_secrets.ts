/** The secrets of a project's functions, as far as the platform tells of them: names and digests. */
import { sha256 } from "./source_hash.ts";
import type { Target } from "./target.ts";

const known = new WeakMap<Target, Promise<Map<string, string>>>();

/** The SHA-256 of each secret by name, as they were when a deployment began. */
function listDigests(target: Target): Promise<Map<string, string>> {
  const digests = known.get(target) ?? readDigests(target);
  known.set(target, digests);
  return digests;
}

async function readDigests({ cli, projectRef }: Target): Promise<Map<string, string>> {
  const text = await cli(["secrets", "list", `--remote=${projectRef}`, "--output-format=json"]);
  const { secrets } = JSON.parse(text) as { secrets?: { name: string; value: string }[] };
  if (!Array.isArray(secrets)) throw new TypeError('"supabase secrets list" gave no list');
  return new Map(secrets.map(({ name, value }) => [name, value]));
}

/** Those that are missing or differ. */
export async function findChanged(
  target: Target,
  wanted: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const digests = await listDigests(target);
  const changed: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const digest = await sha256(new TextEncoder().encode(value));
    if (digests.get(name) !== digest) changed[name] = value;
  }
  return changed;
}

/** Sets secrets by a file that others cannot read: arguments are in every list of processes. */
export async function setSecrets(
  { cli, projectRef }: Target,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const file = await Deno.makeTempFile({ prefix: "pixelpop-secrets-" });
  try {
    await Deno.chmod(file, 0o600);
    const lines = Object.entries(secrets).map(([name, value]) => `${name}=${quote(value)}\n`);
    await Deno.writeTextFile(file, lines.join(""));
    await cli(["secrets", "set", `--env-file=${file}`, `--remote=${projectRef}`]);
  } finally {
    await Deno.remove(file);
  }
}

/** @throws {TypeError} For a value with quotes of both kinds, which a dotenv file cannot hold as it is. */
function quote(value: string): string {
  if (/^[\w.:/@+=,-]+$/.test(value)) return value;
  if (!value.includes("'") && !value.includes("\n")) return `'${value}'`;
  if (!/["\\$`]/.test(value)) return JSON.stringify(value);
  throw new TypeError("A setting has quotes or line ends that a dotenv file cannot hold");
}
