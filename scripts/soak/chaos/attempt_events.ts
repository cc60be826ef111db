/**
 * Tells of attempts as the database commits them, by a trigger of the saboteur's own and LISTEN: quick
 * enough to kill a worker between the commit of its claim and its next step.
 */
import postgres from "postgres";

/** One change of an attempt. */
export interface AttemptEvent {
  generation_id: string;
  attempt: number;
  /** Null for a claim. */
  outcome: string | null;
}

/** The stream of changes. */
export interface AttemptEvents {
  /** Resolves at the next change that `matches`; rejects with the reason of `signal`. */
  next(matches: (event: AttemptEvent) => boolean, signal: AbortSignal): Promise<AttemptEvent>;
  close(): Promise<void>;
}

/** Adds the trigger and listens. Survives restarts of the server. */
export async function watchAttempts(databaseUrl: string): Promise<AttemptEvents> {
  const sql = postgres(databaseUrl, { max: 1, backoff: () => 0.1, onnotice: () => {} });
  await sql.unsafe(`
    create schema chaos;
    grant usage on schema chaos to public;
    create function chaos.tell() returns trigger language plpgsql as $$
    begin
      perform pg_catalog.pg_notify('chaos', pg_catalog.json_build_object(
        'generation_id', new.generation_id, 'attempt', new.attempt, 'outcome', new.outcome)::text);
      return null;
    end $$;
    grant execute on function chaos.tell() to public;
    create trigger chaos_tells after insert or update of outcome on private.generation_attempts
      for each row execute function chaos.tell();`);
  const listeners = new Set<(event: AttemptEvent) => void>();
  await sql.listen("chaos", (payload) => {
    const event: AttemptEvent = JSON.parse(payload);
    for (const listener of listeners) listener(event);
  });
  return {
    next(matches, signal) {
      return new Promise((resolve, reject) => {
        const listener = (event: AttemptEvent) => {
          if (!matches(event)) return;
          stop();
          resolve(event);
        };
        const abort = () => {
          stop();
          reject(signal.reason);
        };
        const stop = () => {
          listeners.delete(listener);
          signal.removeEventListener("abort", abort);
        };
        if (signal.aborted) return reject(signal.reason);
        listeners.add(listener);
        signal.addEventListener("abort", abort);
      });
    },
    close: () => sql.end({ timeout: 1 }),
  };
}
