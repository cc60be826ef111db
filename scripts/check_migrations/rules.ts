/** What a schema file or a migration may not say, and what it must. */
import { cutStatements, lineAt, maskSql } from "./sql_text.ts";

/** Something wrong with a file. */
export interface Problem {
  /** From 1. */
  line: number;
  message: string;
}

const MAX_LINES = 150;

/** The functions of pgmq 1.5.1, which is what a hosted project has. */
const PGMQ_FUNCTIONS = new Set([
  ...["create", "create_non_partitioned", "create_partitioned", "create_unlogged"],
  ...["convert_archive_partitioned", "detach_archive", "drop_queue", "purge_queue"],
  ...["list_queues", "metrics", "metrics_all", "send", "send_batch", "read", "read_with_poll"],
  ...["pop", "set_vt", "archive", "delete", "format_table_name", "validate_queue_name"],
]);

/** Schemas in which only the platform makes and alters things. */
const PLATFORM = "(?:auth|storage|realtime|vault|net|cron|extensions|graphql|supabase_migrations)";
const OBJECT = "(?:table|view|function|procedure|index|sequence|type|trigger|materialized view)";

/** Code that is refused, or means something else, on a hosted project. */
const FORBIDDEN: { pattern: RegExp; message: string }[] = [
  {
    pattern: /\bcreate extension\b[^;]*\bversion\b|\balter extension\b/,
    message: "A version of an extension: the platform chooses it, wanted no version clause",
  },
  {
    pattern: /\b(?:re)?set\s+(?:local\s+|session\s+)?(?:role|session authorization)\b/,
    message: "A change of role breaks a passwordless db push, wanted the role that migrates",
  },
  {
    pattern: /\balter default privileges\b[^;]*\bin schema\b[^;]*\brevoke\b[^;]*\bfrom public\b/,
    message:
      'Revoking from public "in schema" changes nothing, wanted the form without "in schema"',
  },
  {
    pattern: new RegExp(
      `\\b(?:create|alter|drop)(?: or replace)? ${OBJECT}(?: if (?:not )?exists)? ${PLATFORM}\\.`,
    ),
    message: "An object in a schema of the platform, wanted one of ours (public, private, admin)",
  },
  {
    pattern: new RegExp(`\\b(?:alter|drop) schema(?: if exists)? ${PLATFORM}\\b`),
    message: "A change of a schema of the platform, wanted none",
  },
  {
    pattern: new RegExp(`\\bcreate trigger\\b[^;]*\\bon ${PLATFORM}\\.`),
    message: "A trigger on a table of the platform, wanted none",
  },
  {
    pattern: /\b(?:insert into|update|delete from|truncate)\s+realtime\./,
    message: "A write to a table of Realtime, wanted realtime.send()",
  },
  {
    pattern: /\b(?:alter|drop) publication (?:if exists )?supabase_realtime_messages_publication\b/,
    message: "A change of Realtime's own publication, wanted none",
  },
  {
    pattern: /\b(?:create|drop) publication (?:if (?:not )?exists )?supabase_realtime\b/,
    message: 'The publication is the platform\'s, wanted "alter publication ... add table"',
  },
  {
    pattern: /\bcomment on policy\b/,
    message: "A comment on a policy is refused by older platforms, wanted an SQL comment",
  },
  {
    pattern: /\balter system\b|\bcreate event trigger\b|\b(?:create|alter|drop) (?:role|user)\b/,
    message: "A matter of the server, wanted nothing beyond this database",
  },
  {
    pattern: /^\s*(?:begin|commit|rollback|start transaction)\s*;/m,
    message: "The CLI runs each migration in a transaction, wanted no transaction of its own",
  },
  {
    pattern: /\bindex concurrently\b|^\s*vacuum\b/m,
    message: "This cannot run in the migration's transaction, wanted the plain form",
  },
];

/** Says what is wrong with the text of one schema file; nothing when it is as it should be. */
export function checkText(text: string): Problem[] {
  const code = maskSql(text);
  return [
    ...checkForm(text, code),
    ...checkFunctions(text, code),
    ...checkDeployable(text),
  ].sort((a, b) => a.line - b.line);
}

/** Says what of a text a hosted project refuses; all that is asked of a generated migration. */
export function checkDeployable(text: string): Problem[] {
  const code = maskSql(text);
  return [...checkForbidden(code), ...checkPgmq(code), ...checkWhere(code)];
}

function checkForm(text: string, code: string): Problem[] {
  const problems: Problem[] = [];
  const lines = text.trimEnd().split("\n").length;
  if (!text.startsWith("-- ")) {
    problems.push({ line: 1, message: 'No header, wanted a first line "-- <what this is>"' });
  }
  if (lines > MAX_LINES) {
    problems.push({ line: lines, message: `${lines} lines, wanted at most ${MAX_LINES}` });
  }
  const upper = /[A-Z]\w*/.exec(code);
  if (upper !== null) {
    const line = lineAt(code, upper.index);
    problems.push({ line, message: `"${upper[0]}" is in upper case, wanted "${lower(upper[0])}"` });
  }
  return problems;
}

function lower(word: string): string {
  return word.toLowerCase();
}

function checkFunctions(text: string, code: string): Problem[] {
  const problems: Problem[] = [];
  const functions = [...code.matchAll(/\bcreate (?:or replace )?(?:function|procedure)\b/g)];
  for (const [number, { index }] of functions.entries()) {
    const line = lineAt(code, index);
    if (number > 0) problems.push({ line, message: "A second function, wanted one a file" });
    // Up to its body, in which other settings may stand.
    const body = text.slice(index).search(/\bas\s+\$/);
    const head = text.slice(index, body < 0 ? undefined : index + body);
    if (!/^set search_path = ''$/m.test(head)) {
      problems.push({ line, message: "A function without a line \"set search_path = ''\"" });
    }
    if (!/\bsecurity (?:invoker|definer)\b/.test(head)) {
      problems.push({ line, message: 'A function without "security invoker" (or definer)' });
    }
  }
  for (const { index } of code.matchAll(/\bsecurity definer\b/g)) {
    const line = lineAt(text, index);
    if (/ -- \S/.test(text.split("\n")[line - 1] ?? "")) continue;
    const message = 'A security definer without its reason, wanted "security definer -- <why>"';
    problems.push({ line, message });
  }
  return problems;
}

function checkForbidden(code: string): Problem[] {
  return FORBIDDEN.flatMap(({ pattern, message }) =>
    [...code.matchAll(new RegExp(pattern, `g${pattern.flags}`))]
      .map((match) => ({ line: lineAt(code, match.index + leadingSpace(match[0])), message }))
  );
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}

function checkPgmq(code: string): Problem[] {
  const problems: Problem[] = [];
  for (const { 1: name = "", index } of code.matchAll(/\bpgmq\.(\w+)\s*\(/g)) {
    if (PGMQ_FUNCTIONS.has(name)) continue;
    const message = `pgmq.${name}() is not in pgmq 1.5.1, which hosted projects have`;
    problems.push({ line: lineAt(code, index), message });
  }
  // Both came after 1.5.1: set_vt of several messages or until an instant, pop of several.
  const newer = /\bpgmq\.(?:set_vt\s*\([^;]*?(?:\barray\b|\[\]|\btimestamptz\b)|pop\s*\([^;)]*,)/g;
  for (const { index } of code.matchAll(newer)) {
    const message = "This form is not in pgmq 1.5.1, wanted set_vt(queue, id, seconds), pop(queue)";
    problems.push({ line: lineAt(code, index), message });
  }
  return problems;
}

/** The hosted Data API refuses these (safeupdate, 21000), in functions too, whoever owns them. */
function checkWhere(code: string): Problem[] {
  const write = /\b(update\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s+set\b|delete\s+from\b)(.*)/s;
  return cutStatements(code).flatMap(({ text, index }) => {
    const match = write.exec(text);
    if (match === null || /\bwhere\b/.test(match[2] ?? "")) return [];
    const what = (match[1] ?? "").split(/\s/)[0];
    const message = `An ${what} without a where clause, which the hosted Data API refuses`;
    return [{
      line: lineAt(code, index + match.index),
      message: message.replace("An d", "A d"),
    }];
  });
}
