/** Access tokens that are soon over: rewrites what the auth function answers, and may hold it back. */
import { decodeJwt, SignJWT } from "jose";
import { pause } from "../insist.ts";

/** Shortens the tokens of one person. */
export interface TokenShortener {
  /** Gives the answer to `POST /auth/login` or `/auth/refresh` as it is to arrive. */
  shorten(url: string, answer: string): Promise<string>;
}

/** So long is every other renewal held back, the first one too: until after the token's end. */
const LATE_MS = 2_500;

/** Makes a shortener to tokens of `seconds`, signed by the stack's own secret. */
export function createTokenShortener(
  { jwtSecret, seconds }: { jwtSecret: string; seconds: number },
): TokenShortener {
  const key = new TextEncoder().encode(jwtSecret);
  let renewals = 0;
  return {
    async shorten(url, answer) {
      const body = JSON.parse(answer);
      if (typeof body.access_token !== "string") return answer;
      if (url.endsWith("/refresh") && renewals++ % 2 === 0) await pause(LATE_MS);
      const issuedAt = Math.floor(Date.now() / 1000);
      const expiresAt = issuedAt + seconds;
      const token = await new SignJWT({ ...decodeJwt(body.access_token) })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return JSON.stringify({
        ...body,
        access_token: token,
        expires_in: seconds,
        expires_at: expiresAt,
      });
    },
  };
}

/** `fetch` by way of a shortener. */
export function fetchShortTokens({ shorten }: TokenShortener): typeof fetch {
  return async (...request) => {
    const response = await fetch(...request);
    if (!response.url.includes("/functions/v1/auth/") || !response.ok) return response;
    const { status, url } = response;
    return Response.json(JSON.parse(await shorten(url, await response.text())), { status });
  };
}
