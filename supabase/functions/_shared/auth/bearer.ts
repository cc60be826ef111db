/** Takes the bearer token out of a request (RFC 6750 section 2.1); nothing is verified here. */
import { AppError } from "../http/errors.ts";

/** Far above any token of ours; what is longer is not worth a signature check. */
const MAX_TOKEN_LENGTH = 4_096;

/**
 * The token of the `Authorization: Bearer` header.
 *
 * @throws {AppError} `unauthorized` when the header is missing or of another form.
 */
export function bearerToken(request: Request): string {
  const header = request.headers.get("authorization");
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(header ?? "")?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) {
    throw new AppError("unauthorized", 'Wanted a header "Authorization: Bearer <access token>"', {
      headers: { "www-authenticate": "Bearer" },
    });
  }
  return token;
}
