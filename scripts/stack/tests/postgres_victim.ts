// For postgres_test.ts: a program with a server of its own that ends without stopping it.
import { startPostgres } from "../postgres.ts";

const server = await startPostgres();
const { pid, port, directory } = server;
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ pid, port, directory }) + "\n"));
await new Promise((resolve) => setTimeout(resolve, 600_000));
