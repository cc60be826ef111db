/** A program of an outsider: logs in, submits and gets by a client typed from docs/openapi.json alone. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";

const [url = "", initData = ""] = Deno.args;
const api = createClient<paths>({ baseUrl: `${url}/functions/v1` });

const login = await api.POST("/auth/login", { body: { initData } });
if (login.data === undefined) throw new Error(`Login: ${JSON.stringify(login.error)}`);
const headers = { authorization: `Bearer ${login.data.access_token}` };

const accepted = await api.POST("/generation", {
  headers,
  body: { prompt: "a lighthouse", quality: "low" },
});
if (accepted.data === undefined) throw new Error(`Submit: ${JSON.stringify(accepted.error)}`);

const { id } = accepted.data;
while (true) {
  const { data, error } = await api.GET("/generation/{id}", { headers, params: { path: { id } } });
  if (data === undefined) throw new Error(`Get: ${JSON.stringify(error)}`);
  if (data.status === "COMPLETED") break;
  await new Promise((resolve) => setTimeout(resolve, data.poll_after_ms ?? 1_000));
}
await Deno.stdout.write(new TextEncoder().encode("COMPLETED\n"));
