/** Downloads a picture from an address the provider gave, which is not trusted. */
import { concat } from "@std/bytes/concat";
import { ProviderError } from "./provider_error.ts";
import { isAddress, isPublicAddress, isPublicName } from "./public_address.ts";
import type { ResolveHost } from "./resolve_host.ts";

/** Times a redirect is followed. */
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** How a download is made. */
export interface PictureDownloadOptions {
  fetch: typeof fetch;
  /** Base URL of the API: its own origin is trusted as configured, be it plain HTTP or private. */
  baseUrl: string;
  /** Longest picture that is read, in bytes. */
  maxBytes: number;
  /** Its abort ends the download; there is no other time limit. */
  signal: AbortSignal;
  /** `undefined` where the runtime cannot resolve names: only the name itself is judged then. */
  resolveHost: ResolveHost | undefined;
}

/**
 * Downloads the picture behind `address`.
 *
 * Only HTTPS to public hosts is followed, over at most three redirects, each judged anew. A name
 * must resolve to public addresses only. The name is looked up again by `fetch`, so a name server
 * that answers differently the second time is not stopped by this; nothing of ours is sent along.
 *
 * @throws {ProviderError} `bad_download` or `too_large`. The picture itself was drawn and billed.
 * @throws The reason of `signal`.
 */
export async function downloadPicture(
  address: string,
  options: PictureDownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await follow(parseUrl(address), options);
    return await readPicture(response, options.maxBytes);
  } catch (cause) {
    options.signal.throwIfAborted();
    if (cause instanceof ProviderError) throw cause;
    throw refuse("the connection failed", cause);
  }
}

/** The answer at the end of the redirects. */
async function follow(url: URL, options: PictureDownloadOptions): Promise<Response> {
  const { fetch, signal } = options;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    await requireAllowed(url, options);
    const response = await fetch(url.href, { redirect: "manual", signal });
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    url = parseUrl(response.headers.get("location") ?? "", url);
  }
  throw refuse(`it redirects more than ${MAX_REDIRECTS} times`);
}

/** Throws unless `url` may be asked for. */
async function requireAllowed(
  url: URL,
  { baseUrl, resolveHost, signal }: PictureDownloadOptions,
): Promise<void> {
  if (url.username !== "" || url.password !== "") throw refuse("its URL carries credentials");
  if (url.origin === new URL(baseUrl).origin) return;
  if (url.protocol !== "https:") throw refuse(`its URL begins with "${url.protocol}"`);
  if (isAddress(url.hostname)) {
    if (!isPublicAddress(url.hostname)) throw refuse(`"${url.hostname}" is no public address`);
    return;
  }
  if (!isPublicName(url.hostname)) throw refuse(`"${url.hostname}" is no public host`);
  if (resolveHost === undefined) return;
  const addresses = await resolveHost(url.hostname, signal);
  if (addresses.length === 0) throw refuse(`"${url.hostname}" has no address`);
  const hidden = addresses.find((found) => !isPublicAddress(found));
  if (hidden !== undefined) throw refuse(`"${url.hostname}" leads to "${hidden}"`);
}

async function readPicture(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw refuse(`its host answers ${response.status}`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    // Leaving the loop cancels the body.
    if (length > maxBytes) {
      throw new ProviderError("too_large", `The picture is longer than ${maxBytes} bytes`);
    }
    parts.push(part);
  }
  return concat(parts);
}

function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base);
  if (url === null) throw refuse("its URL is none");
  return url;
}

function refuse(why: string, cause?: unknown): ProviderError {
  return new ProviderError("bad_download", `Cannot download the picture: ${why}`, { cause });
}
