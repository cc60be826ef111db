/**
 * Stands in for the platform's Management API, as far as the Supabase CLI calls it to deploy: secrets (by their
 * SHA-256 when they are listed), functions (bundled one by one, then updated together), the project's name.
 *
 * The CLI is told of it by a profile file. Keeps what was uploaded, and a journal of what changed something. Leaves
 * out: running what was deployed, permissions of tokens, branches, and everything else of that API.
 */
import { createHash } from "node:crypto";

/** A running stand-in. */
export interface ManagementApi {
  url: string;
  /** Content of the file that `--profile` names. */
  profile: string;
  secrets(): Readonly<Record<string, string>>;
  /** Names of the deployed functions. */
  functions(): string[];
  /** Requests that change something: `POST /secrets`, in order. */
  changes(): string[];
  /** Answers the next requests whose line begins so with 500. */
  fail(line: string): void;
  close(): Promise<void>;
}

/** How it is run. */
export interface ManagementApiOptions {
  projectRef: string;
  accessToken: string;
}

interface DeployedFunction {
  slug: string;
  [field: string]: unknown;
}

/** Starts it on a free port. */
export function startManagementApi(options: ManagementApiOptions): ManagementApi {
  const secrets = new Map<string, string>();
  const functions = new Map<string, DeployedFunction>();
  const changes: string[] = [];
  let failing: string | undefined;

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get("authorization") !== `Bearer ${options.accessToken}`) {
      return Response.json({ message: "Unauthorized" }, { status: 401 });
    }
    const base = `/v1/projects/${options.projectRef}`;
    if (!pathname.startsWith(base)) return notFound();
    const line = `${request.method} ${pathname.slice(base.length)}`;
    if (failing !== undefined && line.startsWith(failing)) {
      await request.body?.cancel();
      return Response.json({ message: "Internal error" }, { status: 500 });
    }
    if (request.method !== "GET") changes.push(line);
    switch (line) {
      case "GET ":
        return Response.json({ id: options.projectRef, name: "stack", status: "ACTIVE_HEALTHY" });
      case "GET /secrets":
        return Response.json([...secrets].map(([name, value]) => ({
          name,
          value: createHash("sha256").update(value).digest("hex"),
        })));
      case "POST /secrets":
        for (const { name, value } of await request.json()) {
          if (name.startsWith("SUPABASE_")) {
            return Response.json({ message: "Secret name must not start with SUPABASE_" }, {
              status: 400,
            });
          }
          secrets.set(name, value);
        }
        return new Response(null, { status: 201 });
      case "GET /functions":
        return Response.json([...functions.values()]);
      case "POST /functions/deploy":
        return await bundle(request, searchParams);
      case "PUT /functions": {
        const updates: DeployedFunction[] = await request.json();
        for (const each of updates) functions.set(each.slug, each);
        return Response.json({ functions: updates });
      }
      default:
        return notFound();
    }
  }

  async function bundle(request: Request, query: URLSearchParams): Promise<Response> {
    const slug = query.get("slug") ?? "";
    const form = await request.formData();
    const metadata = JSON.parse(String(form.get("metadata") ?? "{}"));
    const names = form.getAll("file").map((file) => (file as File).name);
    if (!names.some((name) => name.endsWith(metadata.entrypoint_path))) {
      return Response.json({ message: `No entrypoint among ${names.length} files` }, {
        status: 400,
      });
    }
    const now = Date.now();
    const version = Number(functions.get(slug)?.version ?? 0) + 1;
    const deployed: DeployedFunction = {
      ...metadata,
      ...{ id: slug, slug, name: slug, status: "ACTIVE", version },
      ...{ created_at: now, updated_at: now },
    };
    if (query.get("bundleOnly") !== "true") functions.set(slug, deployed);
    return Response.json(deployed, { status: 201 });
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    profile: [
      "name: stack",
      `api_url: ${url}`,
      `dashboard_url: ${url}/dashboard`,
      "project_host: supabase.test",
      "",
    ].join("\n"),
    secrets: () => Object.fromEntries(secrets),
    functions: () => [...functions.keys()].sort(),
    changes: () => [...changes],
    fail(line) {
      failing = line === "" ? undefined : line;
    },
    close: () => server.shutdown(),
  };
}

function notFound(): Response {
  return Response.json({ message: "Not found" }, { status: 404 });
}
