/** Says in one sentence which field of a request is wrong, and what is wanted. */
import * as v from "valibot";
import { AppError } from "./errors.ts";

/** Longest text of a request that is repeated to who sent it. */
const MAX_LENGTH = 200;

/** The refusal of a body or query that a schema found wrong. */
export function invalidRequest(issue: v.BaseIssue<unknown>): AppError {
  return new AppError("invalid_request", `Cannot accept the request: ${describe(issue)}`);
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return shorten(issue.message);
  const field = JSON.stringify(shorten(path));
  if (issue.expected === "never") return `unknown field ${field}`;
  if (issue.received === "undefined") return `${field} is missing`;
  return `${field}: ${shorten(issue.message)}`;
}

function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}
