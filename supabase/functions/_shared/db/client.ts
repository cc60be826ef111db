/** The database client: the Data API part of supabase-js with the secret key, acting as `service_role`. */
import { PostgrestClient } from "@supabase/postgrest-js";
import type { SupabaseConfig } from "../config/supabase.ts";

/** How the client is made. */
export interface ServiceClientOptions extends SupabaseConfig {
  /** The runtime's fetch. */
  fetch: typeof fetch;
}

/**
 * Makes a client; one an isolate is enough. supabase-js itself makes the same one, beside clients for
 * auth, Realtime and storage that no function uses and every cold start would load.
 */
export function createServiceClient(
  { url, secretKey, fetch }: ServiceClientOptions,
): PostgrestClient {
  return new PostgrestClient(`${url}/rest/v1`, {
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
    fetch,
  });
}
