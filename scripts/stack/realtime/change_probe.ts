/** Asks Postgres, in one round trip for many, who may see changed rows and whether they pass filters. */
import { setTimeout as delay } from "node:timers/promises";
import type { Identity } from "./identity.ts";
import type { JsonValues } from "./change_payload.ts";
import { isUnreachable } from "./database_errors.ts";
import { type Condition, conditionSql } from "./filters.ts";
import type { Change, Values } from "./pgoutput.ts";
import type { Questioner } from "./questions.ts";
import { quoteIdentifier, quoteLiteral, setLocal } from "./sql_text.ts";
import type { TableShape } from "./table_shapes.ts";

/** One question: a changed row, and one who wants to see it. */
export interface Question {
  change: Change;
  xid: number;
  shape: TableShape;
  identity: Identity;
  /** Of each filter, the conditions to evaluate and the row's text they are about. */
  filters: { condition: Condition; value: string | null | undefined }[][];
}

/** What Postgres says of a question. */
export interface Answer {
  isVisible: boolean;
  /** Of each filter, whether it holds. */
  passes: boolean[];
  after: JsonValues | null;
  before: JsonValues | null;
}

/** Milliseconds a committing transaction is given to end; it wants the processor, not questions. */
const SETTLE_DELAY = 1;
const DENIED: Answer = { isVisible: false, passes: [], after: null, before: null };

/**
 * Answers questions in their order. A policy that raises an error denies its own row only.
 *
 * @throws {Error} When Postgres is not reachable.
 */
export async function askPostgres(
  questioner: Questioner,
  questions: Question[],
): Promise<Answer[]> {
  if (questions.length === 0) return [];
  try {
    return await askTogether(questioner, questions);
  } catch (error) {
    if ((error as Error).name !== "PostgresError" || isUnreachable(error)) throw error;
    if (questions.length === 1) return [DENIED];
    const half = questions.length >> 1;
    return [
      ...await askPostgres(questioner, questions.slice(0, half)),
      ...await askPostgres(questioner, questions.slice(half)),
    ];
  }
}

/** Statements that give one row each, and what to do with those rows. */
class Script {
  readonly #statements: string[] = [];
  readonly #readers: ((row: unknown[]) => void)[] = [];

  add(statement: string, reader: (row: unknown[]) => void = () => undefined): void {
    this.#statements.push(statement);
    this.#readers.push(reader);
  }

  async run(questioner: Questioner): Promise<void> {
    const results = await questioner.ask(this.#statements);
    this.#readers.forEach((reader, i) => reader(results[i]?.[0] ?? []));
  }
}

/** A question with the answer being written. */
interface Inquiry {
  question: Question;
  answer: Answer;
}

async function askTogether(questioner: Questioner, questions: Question[]): Promise<Answer[]> {
  const inquiries = questions.map((question): Inquiry => ({ question, answer: { ...DENIED } }));
  const script = new Script();
  let snapshot = "";
  script.add("select pg_catalog.pg_current_snapshot()::text", ([text]) => snapshot = String(text));
  const changes = Map.groupBy(inquiries, ({ question }) => question.change);
  for (const group of changes.values()) addValues(script, group);
  for (const inquiry of inquiries) addFilters(script, inquiry);
  const callers = Map.groupBy(inquiries, ({ question }) => question.identity.key);
  for (const group of callers.values()) addVisibility(script, group);
  await script.run(questioner);
  // A change is streamed a moment before its transaction is over for others: ask again till it is.
  if (!questions.every(({ xid }) => isOver(xid, snapshot))) {
    await delay(SETTLE_DELAY);
    return await askTogether(questioner, questions);
  }
  return inquiries.map(({ answer }) => answer);
}

/** The row as JSON, once for all who ask about one change: to_jsonb gives what a hosted project sends. */
function addValues(script: Script, group: Inquiry[]): void {
  const [first] = group;
  if (first === undefined) return;
  const { change, shape } = first.question;
  for (const side of ["after", "before"] as const) {
    const values = change[side];
    if (values === null) continue;
    const types = change.relation.columns.map(({ name }) => shape.columns.get(name)?.type);
    const isSent = (i: number) => typeof values[i] === "string" && types[i] !== undefined;
    const expressions = values.flatMap((value, i) =>
      isSent(i) ? [`pg_catalog.to_jsonb(${quoteLiteral(value ?? "")}::${types[i]})::text`] : []
    );
    script.add(`select ${expressions.join(", ")}`, (row) => {
      const texts = row.values() as IterableIterator<string>;
      const json = values.map((value, i) => {
        if (value === null) return "null";
        return isSent(i) ? texts.next().value : undefined;
      });
      for (const { answer } of group) answer[side] = json;
    });
  }
}

function addFilters(script: Script, { question: { filters, shape }, answer }: Inquiry): void {
  answer.passes = filters.map(() => true);
  if (filters.every((conditions) => conditions.length === 0)) return;
  const expressions = filters.map((conditions) => {
    const parts = conditions.map(({ condition, value }) => {
      const type = shape.columns.get(condition.column)?.type;
      // A value that was not sent, as it did not change, cannot be compared: the filter fails.
      if (value === undefined || type === undefined) return "false";
      const operand = `${value === null ? "null" : quoteLiteral(value)}::${type}`;
      return conditionSql(condition, operand, type);
    });
    return `coalesce(${["true", ...parts].join(" and ")}, false)`;
  });
  script.add(`select ${expressions.join(", ")}`, (row) => answer.passes = row as boolean[]);
}

/** Row level security, asked as the caller all of `group` share: is the row with this key there? */
function addVisibility(script: Script, group: Inquiry[]): void {
  const [secured, open] = [true, false].map((wanted) =>
    group.filter(({ question: { shape, change } }) =>
      (shape.hasRowSecurity && change.type !== "DELETE") === wanted
    )
  ) as [Inquiry[], Inquiry[]];
  for (const { answer } of open) answer.isVisible = true;
  const identity = secured[0]?.question.identity;
  if (identity === undefined) return;
  script.add(setLocal({ role: identity.role, "request.jwt.claims": identity.claims }));
  const rows = secured.map(({ question }) => existsSql(question));
  script.add(`select pg_catalog.to_json(array[${rows.join(", ")}])`, ([visible]) => {
    for (const [i, { answer }] of secured.entries()) {
      answer.isVisible = (visible as boolean[])[i] === true;
    }
  });
}

function existsSql({ change, shape }: Question): string {
  const values: Values = change.after ?? [];
  const conditions = shape.primaryKey.map((column) => {
    const value = values[change.relation.columns.findIndex(({ name }) => name === column)] ?? "";
    const type = shape.columns.get(column)?.type ?? "text";
    return `${quoteIdentifier(column)} = ${quoteLiteral(value)}::${type}`;
  });
  const name = `${quoteIdentifier(shape.schema)}.${quoteIdentifier(shape.table)}`;
  return `exists(select from ${name} where ${conditions.join(" and ")})`;
}

/** Whether the transaction is over in a snapshot `xmin:xmax:running,...` of 64-bit ids. */
export function isOver(xid: number, snapshot: string): boolean {
  const [, xmax = "0", running = ""] = snapshot.split(":");
  // 32-bit ids are compared round the circle, as Postgres does.
  if (((xid - Number(BigInt.asUintN(32, BigInt(xmax)))) | 0) >= 0) return false;
  return running === "" ||
    !running.split(",").some((id) => BigInt.asUintN(32, BigInt(id)) === BigInt(xid));
}
