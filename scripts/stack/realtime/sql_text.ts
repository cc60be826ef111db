/** Quoting for SQL that must travel as one text: Postgres takes several statements a message only without parameters. */

/** A string as an SQL literal; safe whatever `standard_conforming_strings` is. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** A name as an SQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Settings for the rest of the transaction, as one `select` that gives one row. */
export function setLocal(settings: Record<string, string>): string {
  const calls = Object.entries(settings).map(([name, value]) =>
    `set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`
  );
  return `select ${calls.join(", ")}`;
}
