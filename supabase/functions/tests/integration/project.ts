/** A project as a client sees it: Data API and Realtime behind the gateway, over a backend of its own. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type JWTPayload, SignJWT } from "jose";
import { type DataApiOptions, startDataApi } from "../../../../scripts/stack/data_api.ts";
import { startGateway } from "../../../../scripts/stack/gateway.ts";
import { claimPort } from "../../../../scripts/stack/ports.ts";
import { startRealtime } from "../../../../scripts/stack/realtime.ts";
import { type Account, type Backend, startBackend } from "../backend.ts";

/** A project of one test. */
export interface Project extends AsyncDisposable {
  backend: Backend;
  /** `SUPABASE_URL`. */
  url: string;
  publishableKey: string;
  secretKey: string;
  /**
   * The real supabase-js, acting by `token` (`null`: by the publishable key alone). Realtime knows
   * the token before the first channel is joined.
   */
  client(token: string | null): Promise<SupabaseClient>;
  /** Signs claims as the function `auth` does, or with another secret. */
  sign(claims: JWTPayload, secret?: string): Promise<string>;
  /** Serves the same database with other schemas exposed; gives its URL. */
  expose(schemas: string[]): Promise<string>;
}

/** Two users of a project, who each have a row in every table a user can have one in. */
export interface TwoUsers {
  alice: Account;
  bob: Account;
  /** A finished generation of each. */
  generations: { alice: string; bob: string };
}

const PUBLISHABLE_KEY = "sb_publishable_0123456789abcdefghij";

/** Starts a project; everything ends with `await using`. */
export async function startProject(): Promise<Project> {
  const stack = new AsyncDisposableStack();
  const backend = stack.use(await startBackend());
  const { SUPABASE_SECRET_KEY: secretKey = "", JWT_SECRET: jwtSecret = "" } = backend.environment;
  const credentials = { publishableKey: PUBLISHABLE_KEY, secretKey, jwtSecret };
  const databaseUrl = backend.databaseUrl.replace("//supabase_admin@", "//authenticator@");
  const realtime = await startRealtime({ databaseUrl: backend.databaseUrl, credentials });
  stack.defer(() => realtime.close());

  async function serve(options: Partial<DataApiOptions>): Promise<string> {
    const dataApi = await startDataApi({ databaseUrl, credentials, connections: 4, ...options });
    stack.defer(() => dataApi.close());
    const gateway = startGateway({
      port: claimPort(0),
      dataApi,
      realtime,
      functions: { names: [], fetch: () => Promise.reject(new Error("No function is served")) },
    });
    stack.defer(() => gateway.close());
    return gateway.url;
  }

  const url = await serve({});
  return {
    backend,
    url,
    publishableKey: PUBLISHABLE_KEY,
    secretKey,
    async client(token) {
      const client = createClient(url, PUBLISHABLE_KEY, {
        accessToken: () => Promise.resolve(token),
      });
      stack.defer(() => client.realtime.disconnect().then(() => undefined));
      await client.realtime.setAuth();
      return client;
    },
    sign(claims, secret = jwtSecret) {
      const key = new TextEncoder().encode(secret);
      return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
    },
    expose: (schemas) => serve({ schemas }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Logs two users in and lets each have a picture. */
export async function addTwoUsers({ backend }: Project): Promise<TwoUsers> {
  await backend.sql`update private.settings set rate_limit_per_minute = 1000`;
  const [alice, bob] = [await backend.logIn(), await backend.logIn()];
  const ids = [];
  for (const [account, prompt] of [[alice, "alice's fox"], [bob, "bob's hare"]] as const) {
    const response = await backend.send("generation", {
      method: "POST",
      token: account.token,
      headers: { "idempotency-key": "first" },
      body: { prompt, quality: "low" },
    });
    ids.push((await response.json()).id);
  }
  await backend.work();
  return { alice, bob, generations: { alice: ids[0], bob: ids[1] } };
}
