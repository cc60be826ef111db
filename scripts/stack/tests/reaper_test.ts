// What happens to our processes and files when this process or the one that launched it is killed.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { findLaunchers } from "../launcher.ts";
import { type ProcessEntry, readProcess } from "../process_table.ts";
import { startReaper } from "../reaper.ts";

/** Starts a program beside this file, and gives it with the first line it prints. */
async function startProgram(name: string, args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(import.meta.dirname ?? ".", name), ...args],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const readLine = async () => {
    let text = "";
    while (!text.endsWith("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`"${name}" ended after printing "${text}"`);
      text += value;
    }
    return text.trim();
  };
  return { child, readLine, cancel: () => reader.cancel(), first: await readLine() };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (const started = Date.now(); !isTrue();) {
    if (Date.now() - started > 20_000) throw new Error(`Not true within 20 s: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const withoutProc = readProcess(Deno.pid) === undefined;

Deno.test({
  name: "startReaper() ends tracked processes and removes files after a SIGKILL",
  ignore: withoutProc,
  async fn() {
    const folder = await Deno.makeTempDir();
    const [notes, leftover] = [join(folder, "reaper"), join(folder, "left over's folder")];
    await Deno.mkdir(leftover);
    await Deno.writeTextFile(join(leftover, "file"), "x");
    const victim = await startProgram("reaper_victim.ts", [notes, leftover]);
    const pids: number[] = JSON.parse(victim.first);
    assert(pids.every((pid) => readProcess(pid) !== undefined), "something did not start");
    // The reaper itself must not be stopped by what stops everybody else.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.kill(pids[0] ?? 0, signal);
    victim.child.kill("SIGKILL");
    await victim.child.status;
    await victim.cancel();
    await until(() => pids.every((pid) => readProcess(pid) === undefined));
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("close() leaves processes and files alone", async () => {
  const folder = await Deno.makeTempDir();
  const sleeper = new Deno.Command("sleep", { args: ["600"] }).spawn();
  const reaper = await startReaper(join(folder, "reaper"));
  await Deno.writeTextFile(join(folder, "kept"), "x");
  reaper.track("sleeper", sleeper.pid);
  reaper.removeOnExit(join(folder, "kept"));
  await reaper.close();
  await reaper.close();
  const left = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  assertEquals(left, ["kept"]);
  sleeper.kill();
  assertEquals((await sleeper.status).signal, "SIGTERM");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("reaper.sh spares an untracked process and one that reuses a number", async () => {
  const folder = await Deno.makeTempDir();
  const notes = join(folder, "reaper");
  const [untracked, other] = [0, 1].map(() =>
    new Deno.Command("sleep", { args: ["600"] }).spawn()
  ) as [Deno.ChildProcess, Deno.ChildProcess];
  await Deno.mkdir(join(notes, "pids"), { recursive: true });
  await Deno.writeTextFile(join(notes, "pids", "other"), `${other.pid} 1\n`);
  const { success } = await new Deno.Command("sh", {
    args: [join(import.meta.dirname ?? ".", "../reaper.sh"), notes],
    stdin: "null",
  }).output();
  assert(success);
  for (const process of [untracked, other]) {
    process.kill("SIGTERM");
    assertEquals((await process.status).signal, "SIGTERM");
  }
  await assertRejects(() => Deno.stat(notes), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("reaper.sh removes a copy while it is one, and spares what has taken its place", async () => {
  const folder = await Deno.makeTempDir();
  const reaper = await startReaper(join(folder, "reaper"));
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
  await Promise.all([write("env.1", "one"), write("env.2", "two"), write("copy of 1", "one")]);
  await write("copy of 2", "somebody else's");
  for (const number of [1, 2]) {
    reaper.removeCopyOnExit(join(folder, `copy of ${number}`), join(folder, `env.${number}`));
  }
  const { success } = await new Deno.Command("sh", {
    args: [join(import.meta.dirname ?? ".", "../reaper.sh"), join(folder, "reaper")],
    stdin: "null",
  }).output();
  assert(success);
  const left = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  assertEquals(left, ["copy of 2"]);
  Deno.kill(reaper.pid, "SIGKILL");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("reaper.sh makes a copy that was its own one of another original, if there is one", async () => {
  const folder = await Deno.makeTempDir();
  const reaper = await startReaper(join(folder, "reaper"));
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
  await Promise.all([write("env", "two"), write("env.1", "one"), write("env.2", "two")]);
  await write("env.3.99.draft", "half");
  reaper.removeCopyOnExit(join(folder, "env"), join(folder, "env.2"));
  await new Deno.Command("sh", {
    args: [join(import.meta.dirname ?? ".", "../reaper.sh"), join(folder, "reaper")],
    stdin: "null",
  }).output();
  const left = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  assertEquals(left.sort(), ["env", "env.1", "env.3.99.draft"]);
  assertEquals(await Deno.readTextFile(join(folder, "env")), "one");
  Deno.kill(reaper.pid, "SIGKILL");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("startReaper() refuses names and paths that could hit something else", async () => {
  const folder = await Deno.makeTempDir();
  const reaper = await startReaper(join(folder, "reaper"));
  try {
    for (const path of ["relative", "/a\n/etc", "/", ""]) {
      assertThrows(() => reaper.removeOnExit(path), TypeError, "an absolute path is wanted");
    }
    for (const name of ["../x", "", "a b"]) {
      assertThrows(() => reaper.track(name, Deno.pid), TypeError, "Cannot track");
    }
    await assertRejects(() => startReaper(join(folder, "reaper")), Deno.errors.AlreadyExists);
  } finally {
    await reaper.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** A process table in which each process is the child of the one before. */
function tableOf(...commands: string[][]): (pid: number) => ProcessEntry | undefined {
  return (pid) => {
    const command = commands[pid - 10];
    return command && { pid, parent: pid - 1, started: `${pid}`, command };
  };
}

Deno.test("findLaunchers() follows npx to the shell it was typed in", () => {
  const read = tableOf(
    ["-bash"],
    ["npm exec deno task start"],
    ["sh", "-c", "deno task start"],
    ["node", "/home/u/.npm/_npx/1/node_modules/.bin/deno", "task", "start"],
    ["/home/u/.npm/_npx/1/node_modules/@deno/linux/deno", "task", "start"],
    ["/usr/bin/deno", "run", "-A", "scripts/start.ts"],
  );
  assertEquals(findLaunchers(15, read).map(({ pid }) => pid), [14, 13, 12, 11]);
});

Deno.test("findLaunchers() stops at a shell that is not npm's, and at other programs", () => {
  const ours = ["deno", "run", "scripts/start.ts"];
  const script = tableOf(["node", "/srv/agent.js"], ["sh", "-c", "deno task start &"], ours);
  assertEquals(findLaunchers(12, script), []);
  const program = tableOf(["node", "/srv/agent.js"], ["deno", "task", "start"], ours);
  assertEquals(findLaunchers(12, program).map(({ pid }) => pid), [11]);
});

Deno.test({
  name: "onLauncherGone() calls back when the launching process has been killed",
  ignore: withoutProc,
  async fn() {
    const { child, first, readLine, cancel } = await startProgram("launcher_child.ts", ["launch"]);
    assert(Number(first) !== child.pid, "the launcher itself answered");
    child.kill("SIGKILL");
    await child.status;
    assertEquals(await readLine(), "gone");
    await until(() => readProcess(Number(first)) === undefined);
    await cancel();
  },
});
