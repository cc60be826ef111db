/**
 * A stack in a process of its own, so that the load and what is loaded do not share a thread. Tells its
 * variables as one line of JSON, and ends in order when its standard input does.
 */
import { startStack } from "../../stack/stack.ts";

/** A write for each line would cost a tenth of the stack's time under load. */
const FLUSH_MS = 500;

const [logFile] = Deno.args;
if (logFile === undefined) throw new TypeError("The path of the functions' log is wanted");
using log = await Deno.open(logFile, { write: true, create: true, truncate: true, mode: 0o600 });
const encoder = new TextEncoder();
let lines: string[] = [];
const flush = () => {
  if (lines.length > 0) log.writeSync(encoder.encode(`${lines.join("\n")}\n`));
  lines = [];
};
const flushing = setInterval(flush, FLUSH_MS);
const stack = await startStack({ port: 0, onFunctionLog: (line) => void lines.push(line) });
try {
  await Deno.stdout.write(encoder.encode(`${JSON.stringify(stack.variables)}\n`));
  for await (const _ of Deno.stdin.readable);
} finally {
  await stack.stop();
  clearInterval(flushing);
  flush();
}
