/** When a pg_cron schedule is due: "N seconds", or five cron fields in UTC. */
import { Cron } from "croner";

const SECONDS = /^\s*([1-9]|[1-5]\d)\s+seconds?\s*$/i;

/**
 * Reads a schedule into a function that gives its first due time after a moment; both in
 * milliseconds since the epoch.
 *
 * @throws {TypeError} When the text is no schedule.
 */
export function parseSchedule(schedule: string): (after: number) => number {
  const seconds = SECONDS.exec(schedule)?.[1];
  if (seconds !== undefined) return (after) => after + Number(seconds) * 1000;
  const fields = schedule.trim();
  if (!fields.startsWith("@") && fields.split(/\s+/).length !== 5) {
    throw new TypeError(
      `Cannot read schedule "${schedule}": five fields or "N seconds" are wanted`,
    );
  }
  // pg_cron writes the last day of a month "$".
  const cron = new Cron(fields.replaceAll("$", "L"), { timezone: "UTC", paused: true });
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? Infinity;
}
