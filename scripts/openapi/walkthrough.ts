/** The first minutes with the API, in commands that run as they stand. */
import type { OpenApi, OpenApiOperation } from "./read_document.ts";

/** The walkthrough in Markdown; methods, paths and the body are the document's. */
export function writeWalkthrough(document: OpenApi): string {
  const find = (id: string) => findOperation(document, id);
  const submission = find("submitGeneration");
  const prompt = JSON.stringify(
    submission.operation.requestBody?.content["application/json"]?.example,
  );
  return `Start the embedded stack in a terminal of its own, in the checkout, and leave it running:

    deno task start

Everything below is for another terminal in the same folder. Where to find the API:

${
    block(`
. .stack/env
API="$SUPABASE_URL/functions/v1"
`)
  }

**Log in.** A Mini App sends what Telegram gave it; \`deno task init-data\` signs the same with the
stack's bot token.

${
    block(`
INIT_DATA=$(deno task --quiet init-data)
LOGIN=$(curl -sS --fail-with-body ${target(find("logIn"))} \\
  -H 'content-type: application/json' \\
  -d "{\\"initData\\": \\"$INIT_DATA\\"}")
echo "$LOGIN"
TOKEN=$(echo "$LOGIN" | sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p')
`)
  }

**Submit a prompt.** The answer is 202 at once; the picture comes later. The \`Idempotency-Key\` makes
it safe to send the same again.

${
    block(`
ACCEPTED=$(curl -sS --fail-with-body ${target(submission)} \\
  -H "authorization: Bearer $TOKEN" \\
  -H 'content-type: application/json' \\
  -H "idempotency-key: $(date +%s)-$$" \\
  -d '${prompt}')
echo "$ACCEPTED"
ID=$(echo "$ACCEPTED" | sed -n 's/.*"id":"\\([^"]*\\)".*/\\1/p')
`)
  }

**Poll** until it has ended. \`poll_after_ms\` says when to ask again; a second is fine here.

${
    block(`
for second in $(seq 60); do
  GENERATION=$(curl -sS --fail-with-body ${target(find("getGeneration"), { id: "$ID" })} \\
    -H "authorization: Bearer $TOKEN")
  echo "$GENERATION" | grep -qE '"status":"(COMPLETED|FAILED|CANCELLED)"' && break
  sleep 1
done
echo "$GENERATION"
`)
  }

**Fetch the picture.**

${
    block(`
PUBLIC_URL=$(echo "$GENERATION" | sed -n 's/.*"public_url":"\\([^"]*\\)".*/\\1/p')
curl -sS --fail "$PUBLIC_URL" -o .stack/picture.png
ls -l .stack/picture.png
`)
  }
`;
}

function block(commands: string): string {
  return `\`\`\`sh\n${commands.trim()}\n\`\`\``;
}

interface Found {
  method: string;
  path: string;
  operation: OpenApiOperation;
}

/** Method and address as curl takes them. */
function target({ method, path }: Found, values: Record<string, string> = {}): string {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? name);
  return `-X ${method.toUpperCase()} "$API${address}"`;
}

function findOperation({ paths }: OpenApi, id: string): Found {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) return { method, path, operation };
    }
  }
  throw new TypeError(`The document has no operation "${id}"`);
}
