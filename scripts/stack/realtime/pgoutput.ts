/** Reads pgoutput, Postgres' own logical replication format (protocol version 1), into whole transactions. */

/** A column of a replicated table. */
export interface RelationColumn {
  name: string;
  /** Whether it belongs to the replica identity (the primary key by default). */
  isIdentity: boolean;
}

/** A replicated table as of some point in the stream; a changed table comes as a new object. */
export interface Relation {
  schema: string;
  table: string;
  columns: RelationColumn[];
}

/** Text values in column order; undefined: not sent (an unchanged large value, or no part of the identity). */
export type Values = (string | null | undefined)[];

/** A changed row. */
export interface Change {
  type: "INSERT" | "UPDATE" | "DELETE";
  relation: Relation;
  /** The row after the change; null for a DELETE. */
  after: Values | null;
  /** What is known of the row before it: the whole with `replica identity full`, else the identity. */
  before: Values | null;
}

/** A committed transaction with its changes in order. */
export interface Transaction {
  /** The low 32 bits of the transaction's id. */
  xid: number;
  committedAt: Date;
  changes: Change[];
}

/** Microseconds between the epochs of Unix and Postgres (2000-01-01). */
const EPOCH_OFFSET = 946_684_800_000_000n;
const decoder = new TextDecoder();

/** Keeps the tables seen and the transaction being read. */
export class PgoutputReader {
  #relations = new Map<number, Relation>();
  #transaction: Transaction | null = null;

  /** Takes one message; gives the transaction when the message commits it. */
  read(bytes: Uint8Array): Transaction | null {
    const cursor = new Cursor(bytes);
    const kind = String.fromCharCode(cursor.uint8());
    switch (kind) {
      case "R":
        this.#readRelation(cursor);
        return null;
      case "B":
        this.#transaction = readBegin(cursor);
        return null;
      case "I":
      case "U":
      case "D":
        this.#transaction?.changes.push(this.#readChange(kind, cursor));
        return null;
      case "C": {
        const transaction = this.#transaction;
        this.#transaction = null;
        return transaction;
      }
      default:
        return null; // Types, origins and TRUNCATE: of no use to Realtime.
    }
  }

  #readRelation(cursor: Cursor): void {
    const id = cursor.uint32();
    const schema = cursor.string() || "pg_catalog";
    const table = cursor.string();
    cursor.uint8(); // The kind of replica identity; the columns say which they are.
    const columns = Array.from({ length: cursor.uint16() }, () => {
      const isIdentity = (cursor.uint8() & 1) === 1;
      const name = cursor.string();
      cursor.skip(8); // Type and modifier; the catalog is asked, as it knows the type's name too.
      return { name, isIdentity };
    });
    this.#relations.set(id, { schema, table, columns });
  }

  #readChange(kind: "I" | "U" | "D", cursor: Cursor): Change {
    const id = cursor.uint32();
    const relation = this.#relations.get(id);
    if (relation === undefined) throw new Error(`Cannot read a change: relation ${id} is unknown`);
    let before: Values | null = null;
    let mark = String.fromCharCode(cursor.uint8());
    if (mark === "K" || mark === "O") {
      before = readTuple(cursor);
      // A key tuple spells the other columns as null.
      if (mark === "K") before = onlyIdentity(relation, before);
      mark = kind === "U" ? String.fromCharCode(cursor.uint8()) : "";
    }
    const after = mark === "N" ? readTuple(cursor) : null;
    // Without an old tuple the identity did not change.
    if (kind === "U" && before === null && after !== null) before = onlyIdentity(relation, after);
    const type = kind === "I" ? "INSERT" : kind === "U" ? "UPDATE" : "DELETE";
    return { type, relation, after, before };
  }
}

function readBegin(cursor: Cursor): Transaction {
  cursor.skip(8);
  const committedAt = new Date(Number((cursor.int64() + EPOCH_OFFSET) / 1000n));
  return { committedAt, xid: cursor.uint32(), changes: [] };
}

function readTuple(cursor: Cursor): Values {
  return Array.from({ length: cursor.uint16() }, () => {
    const kind = String.fromCharCode(cursor.uint8());
    if (kind === "n") return null;
    return kind === "t" ? cursor.text(cursor.uint32()) : undefined;
  });
}

function onlyIdentity(relation: Relation, values: Values): Values {
  return values.map((value, i) => relation.columns[i]?.isIdentity ? value : undefined);
}

/** Reads big-endian fields one after another. */
class Cursor {
  #offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(length: number): void {
    this.#offset += length;
  }

  uint8(): number {
    return this.#view.getUint8(this.#offset++);
  }

  uint16(): number {
    this.#offset += 2;
    return this.#view.getUint16(this.#offset - 2);
  }

  uint32(): number {
    this.#offset += 4;
    return this.#view.getUint32(this.#offset - 4);
  }

  int64(): bigint {
    this.#offset += 8;
    return this.#view.getBigInt64(this.#offset - 8);
  }

  text(length: number): string {
    this.#offset += length;
    return decoder.decode(this.#bytes.subarray(this.#offset - length, this.#offset));
  }

  /** A string that ends with a NUL. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    const text = this.text(end - this.#offset);
    this.#offset++;
    return text;
  }
}
