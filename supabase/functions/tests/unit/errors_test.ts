/** The closed set of error codes. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { AppError, ERROR_STATUS, toAppError } from "../../_shared/http/errors.ts";

Deno.test("AppError has the status of its code", () => {
  assertEquals(new AppError("insufficient_credits", "No").status, 402);
  assertEquals(ERROR_STATUS, {
    "invalid_request": 400,
    "invalid_init_data": 401,
    "expired_init_data": 401,
    "invalid_refresh_token": 401,
    unauthorized: 401,
    "insufficient_credits": 402,
    "not_found": 404,
    "method_not_allowed": 405,
    "already_started": 409,
    "idempotency_conflict": 409,
    "payload_too_large": 413,
    "rate_limited": 429,
    "too_many_pending": 429,
    "too_many_blocked": 429,
    internal: 500,
    "generation_paused": 503,
  });
});

Deno.test("AppError is not retryable and has no headers and no cause unless told", () => {
  const error = new AppError("internal", "No");
  assertEquals([error.retryable, error.headers, "cause" in error], [false, {}, false]);
  const cause = new Error("Why");
  const told = new AppError("internal", "No", { retryable: true, headers: { a: "b" }, cause });
  assertEquals([told.retryable, told.headers, told.cause], [true, { a: "b" }, cause]);
});

Deno.test("toAppError() leaves an AppError alone and makes anything else internal", () => {
  const error = new AppError("not_found", "No");
  assertStrictEquals(toAppError(error), error);
  for (const thrown of [new Error("x"), "x", undefined, null]) {
    const made = toAppError(thrown);
    assertEquals([made.code, made.cause, made.retryable], ["internal", thrown, false]);
  }
});
