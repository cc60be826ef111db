// For reaper_test.ts: a program with a child and a file that ends without cleaning up.
import { startReaper } from "../reaper.ts";

const [directory = "", file = ""] = Deno.args;
const reaper = await startReaper(directory);
// Deaf to SIGINT and SIGQUIT, so that only the last resort ends it.
const stubborn = new Deno.Command("sh", {
  args: ["-c", "trap '' INT QUIT; exec sleep 600"],
  stdout: "null",
}).spawn();
const docile = new Deno.Command("sleep", { args: ["600"], stdout: "null" }).spawn();
reaper.track("stubborn", stubborn.pid);
reaper.track("docile", docile.pid);
reaper.removeOnExit(file);
Deno.stdout.writeSync(
  new TextEncoder().encode(JSON.stringify([reaper.pid, docile.pid, stubborn.pid]) + "\n"),
);
await new Promise((resolve) => setTimeout(resolve, 600_000));
