/** Undoes a write that does not fit `single()`: PostgREST rolls it back, so it must fail inside the transaction. */
import type postgres from "postgres";

const SETTING = "data_api.rows";
/** A SQLSTATE of nobody else. */
const STATE = "DA116";

/** A column of a guarded statement: it leaves the number of rows of `_page` where the guard finds it. */
export const REPORT_ROWS = `set_config('${SETTING}', count(_page)::text, true) as reported`;

/** Runs after a guarded statement and fails unless it had exactly one row. */
export const SINGULAR_GUARD = `do $guard$
begin
  if current_setting('${SETTING}') <> '1' then
    raise sqlstate '${STATE}' using detail = current_setting('${SETTING}');
  end if;
end
$guard$`;

/** The number of rows the guard objected to, if it was the guard. */
export function rowsRefused({ code, detail }: postgres.PostgresError): number | undefined {
  return code === STATE ? Number(detail) : undefined;
}
