/** Requests the S3 client would not send, signed by its own signer; and presigned URLs. */
import { BUCKET, type S3Fixture } from "./s3_fixture.ts";

interface Signable {
  method: string;
  protocol: string;
  hostname: string;
  port: number;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
}

/** What the client's configuration holds, beside what its types tell. */
interface Signer {
  sign(request: Signable): Promise<Signable>;
  presign(
    request: Signable,
    options: { expiresIn: number; unsignableHeaders: Set<string> },
  ): Promise<Signable>;
}

interface RequestToSign {
  method: string;
  /** Percent-encoded. */
  key: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

function signerOf({ client }: S3Fixture): Promise<Signer> {
  return (client.config as unknown as { signer(): Promise<Signer> }).signer();
}

function signable({ s3 }: S3Fixture, request: RequestToSign): Signable {
  const { method, key, headers = {}, query = {} } = request;
  const { hostname, port, host } = new URL(s3.url);
  return {
    method,
    protocol: "http:",
    hostname,
    port: Number(port),
    path: `/${BUCKET}/${key}`,
    query,
    headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...headers },
  };
}

/** A presigned URL, with the settings of AWS's presigner package. */
export async function presign(
  fixture: S3Fixture,
  { expiresIn = 60, ...request }: RequestToSign & { expiresIn?: number },
): Promise<string> {
  const signer = await signerOf(fixture);
  const unsignableHeaders = new Set(["content-type"]);
  const signed = await signer.presign(signable(fixture, request), { expiresIn, unsignableHeaders });
  const query = `${new URLSearchParams(signed.query)}`.replaceAll("+", "%20");
  return `${fixture.s3.url}${signed.path}?${query}`;
}

/** Sends `body` as it is, under a valid signature of `headers`. */
export async function sendSigned(
  fixture: S3Fixture,
  { body, ...request }: RequestToSign & { body: string },
): Promise<Response> {
  const signer = await signerOf(fixture);
  const { path, headers } = await signer.sign(signable(fixture, request));
  return await fetch(`${fixture.s3.url}${path}`, { method: request.method, headers, body });
}

/** `<status> <error code>`, or the body of a success. */
export async function outcomeOf(response: Response): Promise<string> {
  const text = await response.text();
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  return code === undefined ? `${response.status} ${text}` : `${response.status} ${code}`;
}
