/** The database: reachable, by a role that may look, in a version that is supported. */
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";

const WANTED_MAJOR = 15;

/** See the head of this file. */
export const database: Check = {
  name: "database",
  needs: ["DATABASE_URL"],
  cure:
    "DATABASE_URL is the connection string of the dashboard's Connect (session pooler), with the database password; is the project paused?",
  async run({ sql }) {
    const [row] = await sql<{ version: number; role: string; readable: boolean }[]>`
      select
        current_setting('server_version_num')::integer / 10000 as version, current_user as role,
        pg_has_role(current_user, 'postgres', 'member') as readable`;
    const { version = 0, role = "", readable = false } = row ?? {};
    if (!readable) {
      return [wrong(
        `DATABASE_URL acts as ${role}, who may not look everywhere`,
        "Use the role postgres in DATABASE_URL",
      )];
    }
    if (version < WANTED_MAJOR) {
      return [wrong(
        `Postgres ${version}, wanted ${WANTED_MAJOR} or later`,
        "Upgrade the project: dashboard, Settings → Infrastructure",
      )];
    }
    return [ok(`Postgres ${version} answers as ${role}`)];
  },
};
