/**
 * Whether a caller may read or write a private topic: the policies of realtime.messages are asked with
 * a row that is never kept.
 */
import { isUnreachable } from "./database_errors.ts";
import type { Identity } from "./identity.ts";
import { Questioner } from "./questions.ts";
import { quoteLiteral, setLocal } from "./sql_text.ts";

/** Who wants what. */
export interface TopicRequest {
  /** Without "realtime:". */
  topic: string;
  identity: Identity;
  /** Of the request that opened the socket, for policies that read `request.headers`. */
  headers: Record<string, string>;
}

const CONNECTIONS = 2;

/** Asks the policies. */
export class Authorizer {
  readonly #questioners: Questioner[];
  #turn = 0;

  constructor(databaseUrl: string) {
    this.#questioners = Array.from({ length: CONNECTIONS }, () => new Questioner(databaseUrl));
  }

  /**
   * Whether broadcasts of the topic may be read. A policy that raises an error denies.
   *
   * @throws {Error} When Postgres is not reachable.
   */
  async canRead(request: TopicRequest): Promise<boolean> {
    const id = quoteLiteral(crypto.randomUUID());
    return await this.#ask([
      insertSql(request.topic, id),
      settingsSql(request),
      `select from realtime.messages where id = ${id} and inserted_at = now()::timestamp`,
    ]);
  }

  /** Whether broadcasts may be sent to the topic; like `canRead`. */
  async canWrite(request: TopicRequest): Promise<boolean> {
    const id = quoteLiteral(crypto.randomUUID());
    return await this.#ask([settingsSql(request), insertSql(request.topic, id), "select 1"]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#questioners.map((questioner) => questioner.close()));
  }

  /** Whether the last statement gives a row; one that fails denies. */
  async #ask(statements: string[]): Promise<boolean> {
    const questioner = this.#questioners[this.#turn++ % CONNECTIONS];
    try {
      const results = await questioner?.ask(statements);
      return results?.at(-1)?.length === 1;
    } catch (error) {
      if ((error as Error).name !== "PostgresError" || isUnreachable(error)) throw error;
      return false;
    }
  }
}

function insertSql(topic: string, id: string): string {
  return "insert into realtime.messages (topic, extension, id) " +
    `values (${quoteLiteral(topic)}, 'broadcast', ${id})`;
}

function settingsSql({ topic, identity, headers }: TopicRequest): string {
  return setLocal({
    "role": identity.role,
    "realtime.topic": topic,
    "request.jwt.claims": identity.claims,
    "request.headers": JSON.stringify(headers),
  });
}
