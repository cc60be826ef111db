/** Serves the reference Mini App page: static files, the bundled script, and the embedded stack's test door. */
import { bundlePage } from "./page_bundle.ts";
import { pageHeaders } from "./page_headers.ts";
import { answerTestDoor, type SignTestUser } from "./test_door.ts";

/** What the page is to talk to. */
export interface PageOptions {
  /** Base URL of the project. */
  supabaseUrl: string;
  publishableKey: string;
  /** Opens `POST /test-user`. Only for the embedded stack: never give it where others can reach the page. */
  signTestUser?: SignTestUser;
  /** @default by Deno's bundler, once */
  bundle?: () => Promise<string>;
}

/** Answers what belongs to the page; `undefined` for every other path. */
export type Page = (request: Request) => Promise<Response> | undefined;

const FILES: Readonly<Record<string, { name: string; type: string }>> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  "/style.css": { name: "style.css", type: "text/css; charset=utf-8" },
  "/icon.svg": { name: "icon.svg", type: "image/svg+xml" },
};

/** Makes the page. Nothing is read or bundled before it is asked for. */
export function createPage(options: PageOptions): Page {
  const headers = pageHeaders(options);
  const bundle = options.bundle ?? bundlePage;
  let script: Promise<string> | undefined;

  async function readScript(): Promise<string> {
    script ??= bundle();
    try {
      return await script;
    } catch (error) {
      // The next request tries again: a download may have failed.
      script = undefined;
      throw error;
    }
  }

  async function serve(
    request: Request,
    read: () => Promise<string>,
    type: string,
  ): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const text = await read();
    const body = request.method === "HEAD" ? null : text;
    return new Response(body, { headers: { ...headers, "content-type": type } });
  }

  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/test-user" && options.signTestUser !== undefined) {
      return answerTestDoor(request, options.signTestUser);
    }
    if (pathname === "/app.js") {
      return serve(request, readScript, "text/javascript; charset=utf-8").catch((error) =>
        new Response(String(error instanceof Error ? error.message : error), { status: 500 })
      );
    }
    const file = FILES[pathname];
    if (file === undefined) return undefined;
    return serve(request, async () => {
      const text = await Deno.readTextFile(
        new URL(`../../../mini_app/${file.name}`, import.meta.url),
      );
      return file.name === "index.html" ? fillIn(text, options) : text;
    }, file.type);
  };
}

/** Puts the project's address and key where the script looks for them. */
function fillIn(html: string, options: PageOptions): string {
  const values: Record<string, string> = {
    SUPABASE_URL: options.supabaseUrl,
    PUBLISHABLE_KEY: options.publishableKey,
    TEST_DOOR: options.signTestUser === undefined ? "" : "/test-user",
  };
  return html.replaceAll(/\{\{([A-Z_]+)\}\}/g, (_, name) => escapeHtml(values[name] ?? ""));
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
