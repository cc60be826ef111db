import { assertEquals, assertMatch } from "@std/assert";
import { ok, skipped, warning, wrong } from "../finding.ts";
import { createMask } from "../mask.ts";
import { formatReport } from "../report.ts";
import { exitCodeOf } from "../run_checks.ts";

Deno.test("exitCodeOf is 0 when all is well, 1 when not sure, 2 when something is wrong", () => {
  const codeOf = (...findings: ReturnType<typeof ok>[]) => exitCodeOf([{ check: "a", findings }]);
  assertEquals(codeOf(ok("fine")), 0);
  assertEquals(codeOf(ok("fine"), warning("slow", "hurry")), 1);
  assertEquals(codeOf(skipped("no key", "set it")), 1);
  assertEquals(codeOf(warning("slow", "hurry"), wrong("broken", "mend")), 2);
});

Deno.test("formatReport puts the cure below what it cures, and a sum at the end", () => {
  const report = formatReport([
    { check: "vault", findings: [ok("fine")] },
    { check: "ring", findings: [wrong("broken", "mend it")] },
  ]);
  assertEquals(report.split("\n"), [
    "ok       vault  fine",
    "WRONG    ring   broken",
    "                → mend it",
    "",
    "1 right, 0 to look at, 1 wrong, 0 not checked",
    "",
  ]);
});

Deno.test("createMask takes out set secrets, the password within a URL, and what looks like a key", () => {
  const values: Record<string, string> = {
    WORKER_SECRET: "plain-words-as-a-secret",
    DATABASE_URL: "postgres://postgres:p%40ssword@db.example.com/postgres",
    SUPABASE_URL: "https://ref.supabase.co",
  };
  const mask = createMask((name) => values[name]);
  const text = "plain-words-as-a-secret p@ssword sk-0123456789abcdef https://ref.supabase.co";
  const masked = mask(text);
  assertMatch(masked, /^… … \[redacted\] https:\/\/ref\.supabase\.co$/);
});
