/**
 * Follows publications by logical replication, and comes back by itself when Postgres does.
 *
 * The stream is our own on a postgres.js connection: its `sql.subscribe` leaves a rejected promise
 * behind at every attempt to reconnect, which ends the process, and hides commit times.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Duplex } from "node:stream";
import postgres from "postgres";
import { PgoutputReader, type Transaction } from "./pgoutput.ts";

/** What to follow and whom to tell. */
export interface ReplicationOptions {
  databaseUrl: string;
  publications: string[];
  /** Called with every transaction, in commit order. */
  onTransaction(transaction: Transaction): void;
  /** Called when the stream is back; what was committed meanwhile will not be told. */
  onRecovered(): void;
}

/** A running stream. */
export interface Replication {
  /** False from the loss of the stream until it is back. */
  isLive(): boolean;
  close(): Promise<void>;
}

/** Milliseconds between attempts to reconnect. */
const RETRY_DELAY = 100;
/** Milliseconds an orderly end of the stream may take. */
const END_TIMEOUT = 1_000;
const XLOG_DATA = 0x77;
const KEEPALIVE = 0x6b;
/** Microseconds between the epochs of Unix and Postgres (2000-01-01). */
const EPOCH_OFFSET = 946_684_800_000_000n;

/**
 * Starts following; resolves when the stream is live.
 *
 * @throws {Error} When Postgres is not reachable now or a publication does not exist.
 */
export async function followReplication(options: ReplicationOptions): Promise<Replication> {
  const abort = new AbortController();
  let stream: Stream | null = await openStream(options);
  const following = follow();

  async function follow(): Promise<void> {
    while (!abort.signal.aborted) {
      const lost: Stream | null = stream;
      await lost?.ended;
      stream = null;
      await lost?.close();
      if (abort.signal.aborted) return;
      stream = await openStream(options).catch(() => null);
      if (stream === null) {
        await delay(RETRY_DELAY, null, { signal: abort.signal }).catch(() => null);
      } else if (!abort.signal.aborted) options.onRecovered();
    }
  }

  return {
    isLive: () => stream !== null,
    async close() {
      abort.abort();
      await stream?.close();
      await following;
      await stream?.close();
    },
  };
}

interface Stream {
  /** Resolves when no more will come. */
  ended: Promise<void>;
  /** Resolves when the server has let go of the slot. Again is no error. */
  close(): Promise<void>;
}

async function openStream(options: ReplicationOptions): Promise<Stream> {
  const sql = postgres(options.databaseUrl, {
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    onnotice: () => undefined,
    connection: { replication: "database" } as Record<string, string>,
  });
  try {
    await requirePublications(sql, options.publications);
    // A temporary slot goes with the connection: a killed process leaves no WAL behind. Upper case,
    // as the grammar of replication knows no other.
    const slot = `realtime_${crypto.randomUUID().replaceAll("-", "")}`;
    await sql.unsafe(
      `CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`,
    );
    const names = options.publications.map((name) => `"${name}"`).join(",");
    const copy = await sql.unsafe(
      `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '${names}')`,
    ).writable();
    return streamOf(sql, copy as unknown as Duplex, options);
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }
}

/** Postgres checks the names only at the first change, where it ends the stream. */
async function requirePublications(sql: postgres.Sql, wanted: string[]): Promise<void> {
  const rows = await sql.unsafe("select pubname from pg_catalog.pg_publication");
  const missing = wanted.filter((name) => !rows.some((row) => row.pubname === name));
  if (missing.length > 0) {
    throw new Error(`Cannot follow the publication "${missing.join('", "')}": it does not exist`);
  }
}

function streamOf(sql: postgres.Sql, copy: Duplex, options: ReplicationOptions): Stream {
  const reader = new PgoutputReader();
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "error", "close"]) copy.on(event, () => resolve());
  });
  copy.on("data", (message: Uint8Array) => {
    if (message[0] === XLOG_DATA) {
      const transaction = reader.read(message.subarray(25));
      if (transaction !== null) options.onTransaction(transaction);
    } else if (message[0] === KEEPALIVE && message[17] === 1) {
      copy.write(statusUpdate(message.subarray(1, 9)));
    }
  });
  let closing: Promise<void> | null = null;
  return { ended, close: () => closing ??= closeStream(sql, copy, ended) };
}

async function closeStream(sql: postgres.Sql, copy: Duplex, ended: Promise<void>): Promise<void> {
  if (!copy.destroyed) copy.end();
  const abort = new AbortController();
  await Promise.race([ended, delay(END_TIMEOUT, null, { signal: abort.signal }).catch(() => null)]);
  abort.abort();
  await sql.end({ timeout: copy.destroyed ? 0 : END_TIMEOUT / 1000 });
}

/** Tells the server that all up to `position` is done with; it waits for this before it stops. */
function statusUpdate(position: Uint8Array): Uint8Array {
  const message = new Uint8Array(34);
  message[0] = "r".charCodeAt(0);
  for (const offset of [1, 9, 17]) message.set(position, offset);
  const now = BigInt(Date.now()) * 1000n - EPOCH_OFFSET;
  new DataView(message.buffer).setBigInt64(25, now);
  return message;
}
