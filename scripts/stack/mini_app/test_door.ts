/**
 * `POST /test-user {"telegram_id"}`: signs `initData` for a test user by the stack's own bot token, for
 * the mock of Telegram. Of the embedded stack only, and only for its own page on this machine.
 */
import { isLoopback } from "./page_headers.ts";

/** A user as Telegram describes one. */
export interface TestUser {
  id: number;
  first_name: string;
  username?: string;
  language_code?: string;
}

/** Gives raw `initData`. */
export type SignTestUser = (user: TestUser) => Promise<string>;

/** Answers a request to the door. */
export async function answerTestDoor(request: Request, sign: SignTestUser): Promise<Response> {
  if (request.method !== "POST") return refuse(405, "The test door takes POST", { allow: "POST" });
  if (!isOwnPage(request)) return refuse(403, "The test door takes its own page on this machine");
  const user = readUser(await request.text());
  if (user === undefined) return refuse(400, 'Wanted {"telegram_id": a whole number above 0}');
  return Response.json({ initData: await sign(user) }, {
    headers: { "cache-control": "no-store" },
  });
}

/** False for another site's page, in whatever way its browser reached this machine. */
function isOwnPage(request: Request): boolean {
  const { hostname, origin } = new URL(request.url);
  const from = request.headers.get("origin");
  // A JSON body makes a browser ask first, across origins; nobody answers that here.
  const isJson = request.headers.get("content-type")?.startsWith("application/json") ?? false;
  return isLoopback(hostname) && (from === null || from === origin) && isJson;
}

function readUser(text: string): TestUser | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { telegram_id: id, first_name: name, language_code: language } = Object(body);
  if (!Number.isSafeInteger(id) || id <= 0) return undefined;
  return {
    id,
    first_name: typeof name === "string" && name !== "" ? name.slice(0, 64) : `User ${id}`,
    ...(typeof language === "string" ? { language_code: language.slice(0, 8) } : {}),
  };
}

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ message }, { status, headers });
}
