/** The one kind of connection Realtime asks questions on. */
import postgres from "postgres";

/**
 * A client with a single connection, made at the first question and again whenever it was lost: so
 * several statements may travel as one message, and questions are answered in order.
 */
export function connectOnce(databaseUrl: string): postgres.Sql {
  return postgres(databaseUrl, {
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    backoff: () => 0.05,
    onnotice: () => undefined,
  });
}
