/** Progress on one line of a terminal, rewritten in place; whole lines where there is no terminal. */

/** A line that changes. */
export interface StatusLine {
  /** Shows `text` beside the seconds that have passed. */
  show(text: string): void;
  /** Leaves the last text standing and ends the line. */
  end(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const INTERVAL_MS = 100;

/** Starts the line. */
export function startStatusLine(): StatusLine {
  const startedAt = Date.now();
  const isTerminal = Deno.stdout.isTerminal();
  let text = "";
  let frame = 0;
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(1);
  const draw = (mark: string) => print(`\r\x1b[2K${mark} ${seconds()} s  ${text}`);
  const timer = isTerminal
    ? setInterval(() => draw(FRAMES[frame++ % FRAMES.length] ?? ""), INTERVAL_MS)
    : undefined;
  return {
    show(next) {
      if (next === text) return;
      text = next;
      if (isTerminal) draw(FRAMES[frame % FRAMES.length] ?? "");
      else print(`${seconds()} s  ${text}\n`);
    },
    end() {
      clearInterval(timer);
      if (isTerminal) print(`\r\x1b[2K${seconds()} s  ${text}\n`);
    },
  };
}

/** Writes to standard output; a reader that is gone is no reason to stop. */
export function print(text: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
