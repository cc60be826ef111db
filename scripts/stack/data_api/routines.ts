/** Finds the Postgres function an RPC means: reads `pg_proc`, remembers it, and chooses among overloads. */
import { ApiError } from "./errors.ts";
import type { Database } from "./database.ts";
import { qualifiedName, quoteLiteral } from "./sql.ts";

export interface Argument {
  /** Empty for an argument without a name. */
  name: string;
  /** Qualified and quoted, fit for SQL. */
  type: string;
  required: boolean;
  variadic: boolean;
}

/** A function as it stood when it was looked up. */
export interface Routine {
  schema: string;
  name: string;
  arguments: Argument[];
  returnsSet: boolean;
  /** A row type, or OUT and TABLE columns: each result is an object. */
  returnsComposite: boolean;
  returnsVoid: boolean;
  volatile: boolean;
  oid: string;
  /** Changes with every change of the definition. */
  version: string;
}

/** What a call gives a function. */
export interface CallShape {
  schema: string;
  name: string;
  argumentNames: string[];
  /** POST with JSON: a function with one unnamed json argument takes the whole body. */
  wholeBody: boolean;
}

/** The functions seen so far. */
export interface Routines {
  /** @throws {ApiError} PGRST202 when no function fits the call, PGRST203 when several do. */
  find(call: CallShape): Promise<Routine>;
  /** Forgets a function, so that the next call reads it again. */
  forget(call: CallShape): void;
}

/** Makes a memory of functions that fills itself from the catalog. */
export function rememberRoutines(database: Database): Routines {
  const overloads = new Map<string, Promise<Routine[]>>();

  function load(call: CallShape): Promise<Routine[]> {
    const key = qualifiedName(call.schema, call.name);
    const loaded = selectRoutines(database, call);
    overloads.set(key, loaded);
    loaded.catch(() => overloads.delete(key));
    return loaded;
  }

  return {
    async find(call) {
      const known = overloads.get(qualifiedName(call.schema, call.name));
      const fitting = known && choose(await known, call);
      const routine = fitting ?? choose(await load(call), call);
      if (routine === undefined) throw noRoutine(call);
      return routine;
    },
    forget({ schema, name }) {
      overloads.delete(qualifiedName(schema, name));
    },
  };
}

function choose(routines: Routine[], call: CallShape): Routine | undefined {
  const named = routines.filter((it) => takesArguments(it, call.argumentNames));
  const candidates = named.length > 0 || !call.wholeBody ? named : routines.filter(takesWholeBody);
  if (candidates.length > 1) throw ambiguous(candidates);
  return candidates[0];
}

function takesArguments(routine: Routine, names: string[]): boolean {
  const known = new Set(routine.arguments.map(({ name }) => name));
  const given = new Set(names);
  return !known.has("") && names.every((it) => known.has(it)) &&
    routine.arguments.every((it) => !it.required || given.has(it.name));
}

function takesWholeBody({ arguments: [first, ...more] }: Routine): boolean {
  return more.length === 0 && first?.name === "" && /^pg_catalog\."?jsonb?"?$/.test(first.type);
}

function routinesStatement(call: CallShape): string {
  const [schema, name] = [quoteLiteral(call.schema), quoteLiteral(call.name)];
  return `
    select p.oid::text, p.xmin::text as version,
      p.proretset::text as returns_set,
      (t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false))::text
        as returns_composite,
      (p.prorettype = 'pg_catalog.void'::regtype)::text as returns_void,
      (p.provolatile = 'v')::text as volatile,
      (
        select coalesce(json_agg(json_build_object(
          'name', coalesce(a.name, ''),
          'type', quote_ident(n.nspname) || '.' || quote_ident(at.typname),
          'required', a.place <= p.pronargs - p.pronargdefaults,
          'variadic', coalesce(a.mode = 'v', false)
        ) order by a.place), '[]')
        from (
          select name, mode, type, row_number() over (order by position) as place
          from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes)
            with ordinality as _ (type, name, mode, position)
          where coalesce(mode in ('i', 'b', 'v'), true)
        ) as a
        join pg_catalog.pg_type as at on at.oid = a.type
        join pg_catalog.pg_namespace as n on n.oid = at.typnamespace
      )::text as arguments
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_type as t on t.oid = p.prorettype
    where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = ${schema})
      and p.proname = ${name} and p.prokind = 'f'
      and p.prorettype <> 'pg_catalog.trigger'::regtype
    order by p.oid`;
}

async function selectRoutines(database: Database, call: CallShape): Promise<Routine[]> {
  const { schema, name } = call;
  const rows = await database.lookUp(routinesStatement(call));
  return rows.map((row) => ({
    schema,
    name,
    arguments: JSON.parse(row.arguments ?? "[]") as Argument[],
    returnsSet: row.returns_set === "true",
    returnsComposite: row.returns_composite === "true",
    returnsVoid: row.returns_void === "true",
    volatile: row.volatile === "true",
    oid: row.oid ?? "",
    version: row.version ?? "",
  }));
}

function noRoutine({ schema, name, argumentNames, wholeBody }: CallShape): ApiError {
  const names = [...argumentNames].sort();
  const list = names.join(", ");
  const signature = names.length === 0 ? " without parameters" : `(${list})`;
  const searched = names.length === 0
    ? " without parameters"
    : ` with parameter${names.length > 1 ? "s" : ""} ${list}`;
  return new ApiError({
    status: 404,
    code: "PGRST202",
    message: `Could not find the function ${schema}.${name}${signature} in the schema cache`,
    details: `Searched for the function ${schema}.${name}${searched}${
      wholeBody ? " or with a single unnamed json/jsonb parameter" : ""
    }, but no matches were found in the schema cache.`,
  });
}

function ambiguous(routines: Routine[]): ApiError {
  const signatures = routines.map(({ schema, name, arguments: them }) =>
    `${schema}.${name}(${them.map((it) => `${it.name} => ${it.type}`).join(", ")})`
  );
  return new ApiError({
    status: 300,
    code: "PGRST203",
    message: `Could not choose the best candidate function between: ${signatures.join(", ")}`,
    hint:
      "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
  });
}
