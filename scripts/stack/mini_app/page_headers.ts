/** The headers of the page's files: what a browser may load and run there, and who may frame it. */

/** Where the page's data come from. */
export interface PageOrigins {
  /** Base URL of the project. */
  supabaseUrl: string;
}

/** Telegram's own script; loaded only when Telegram has opened the page. */
const TELEGRAM_SCRIPT = "https://telegram.org";
/** Telegram for the web shows Mini Apps in a frame. */
const TELEGRAM_FRAMES = "https://web.telegram.org https://*.telegram.org";

/** Headers of every file. */
export function pageHeaders({ supabaseUrl }: PageOrigins): Record<string, string> {
  const { origin, protocol, host, hostname } = new URL(supabaseUrl);
  const socket = `${protocol === "https:" ? "wss" : "ws"}://${host}`;
  // The stack's bucket is on a port of its own; any other serves its pictures by https.
  const pictures = isLoopback(hostname) ? "https: http://127.0.0.1:* http://localhost:*" : "https:";
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${TELEGRAM_SCRIPT}`,
    "style-src 'self'",
    `img-src 'self' ${pictures}`,
    `connect-src 'self' ${origin} ${socket}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors 'self' ${TELEGRAM_FRAMES}`,
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    // Asked about each time: the files change with the checkout.
    "cache-control": "no-cache",
  };
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
}
