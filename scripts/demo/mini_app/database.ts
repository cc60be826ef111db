/** The database's types; the only line to change when this folder is copied into a Mini App of its own. */
export type { Database } from "../../../supabase/functions/_shared/db/types.ts";
