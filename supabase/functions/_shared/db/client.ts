/** The database client: supabase-js with the secret key, acting as `service_role`. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { SupabaseConfig } from "../config/supabase.ts";

/** How the client is made. */
export interface ServiceClientOptions extends SupabaseConfig {
  /** The runtime's fetch. */
  fetch: typeof fetch;
}

/** Makes a client that keeps no session and starts no timer. One an isolate is enough. */
export function createServiceClient(options: ServiceClientOptions): SupabaseClient {
  return createClient(options.url, options.secretKey, {
    auth: {
      persistSession: false,
      autoRefreshToken: false,
      detectSessionInUrl: false,
    },
    global: { fetch: options.fetch },
  });
}
