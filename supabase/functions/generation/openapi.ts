/** Describes the generation function to the outside. */
import * as v from "valibot";
import { SUBMISSION } from "../_shared/generations/request.ts";
import {
  ACCEPTED,
  GENERATION,
  GENERATION_ERROR,
  GENERATION_PAGE,
  QUEUE,
} from "../_shared/generations/schemas.ts";
import type { FunctionDescription, Operation } from "../_shared/http/operation.ts";
import { DELETE_QUERY, GET_QUERY, LIST_QUERY } from "./queries.ts";

const EXAMPLE_ID = "01934b1e-7c00-7cc3-98c4-dc0c0c07398f";

const EXAMPLE_ACCEPTED = {
  id: EXAMPLE_ID,
  status: "PENDING",
  created_at: "2026-11-27T12:00:00.000000+00:00",
  credits: 16,
  queue: { position: 1, eta_seconds: 14 },
  poll_after_ms: 2000,
  channel: "user:5c8f4f0e-9d2b-4b53-9a3e-0d8d9a4d7c11",
};

const EXAMPLE_GENERATION = {
  id: EXAMPLE_ID,
  status: "COMPLETED",
  prompt: "a red fox in the snow",
  size: "1024x1024",
  quality: "medium",
  output_format: "png",
  attempt: 1,
  created_at: "2026-11-27T12:00:00.000000+00:00",
  started_at: "2026-11-27T12:00:00.050000+00:00",
  finished_at: "2026-11-27T12:00:13.200000+00:00",
  public_url: `https://pictures.example.com/pixelpop/generations/${EXAMPLE_ID}.png`,
  error: null,
  queue: null,
  poll_after_ms: 0,
  version: 3,
};

const EXAMPLE_CANCELLED = {
  ...EXAMPLE_GENERATION,
  status: "CANCELLED",
  attempt: 0,
  started_at: null,
  public_url: null,
  version: 2,
};

const ID = v.object({ id: v.pipe(v.string(), v.uuid(), v.description("The generation's id.")) });

/** The bucket of submissions; absent only when nobody can tell. */
const BUCKET = {
  "ratelimit-limit": "sometimes",
  "ratelimit-remaining": "sometimes",
  "ratelimit-reset": "sometimes",
} as const;

const SUBMITTED = { "location": "always", "retry-after": "always", ...BUCKET } as const;

const operations: Operation[] = [
  {
    id: "submitGeneration",
    method: "post",
    path: "/generation",
    summary: "Submit a prompt",
    description: "Debits the price, stores the generation and queues it, in one transaction; a " +
      "refusal of any kind charges nothing. The body has 64 KiB at most. The same " +
      "`Idempotency-Key` with the same body is answered as the first time, without a charge.",
    credential: "bearer",
    parameters: {
      header: v.object({
        "Idempotency-Key": v.optional(v.pipe(
          v.string(),
          v.minLength(1),
          v.maxLength(255),
          v.description("Chosen by the client, new for each new generation."),
        )),
      }),
    },
    body: {
      schema: SUBMISSION,
      example: { prompt: "a red fox in the snow", quality: "medium", output_format: "png" },
    },
    answers: [
      {
        status: 202,
        description: "Accepted and queued.",
        schema: ACCEPTED,
        headers: SUBMITTED,
        example: EXAMPLE_ACCEPTED,
      },
      {
        status: 200,
        description: "The first answer under the same `Idempotency-Key`.",
        schema: ACCEPTED,
        headers: { ...SUBMITTED, "idempotent-replayed": "always" },
        example: EXAMPLE_ACCEPTED,
      },
    ],
    errors: [
      "invalid_request",
      "unauthorized",
      "insufficient_credits",
      "idempotency_conflict",
      "payload_too_large",
      "rate_limited",
      "too_many_pending",
      "too_many_blocked",
      "generation_paused",
    ],
    errorHeaders: {
      insufficient_credits: BUCKET,
      idempotency_conflict: BUCKET,
      rate_limited: BUCKET,
      too_many_pending: BUCKET,
      too_many_blocked: BUCKET,
      generation_paused: BUCKET,
    },
  },
  {
    id: "getGeneration",
    method: "get",
    path: "/generation/{id}",
    summary: "Look at a generation",
    description: "Another user's id and an unknown one are both 404.",
    credential: "bearer",
    parameters: {
      path: ID,
      query: GET_QUERY,
      header: v.object({
        "If-None-Match": v.optional(v.pipe(v.string(), v.description("The `ETag` at hand."))),
      }),
    },
    answers: [
      {
        status: 200,
        description: "The generation as it is now.",
        schema: GENERATION,
        headers: { etag: "always" },
        example: EXAMPLE_GENERATION,
      },
      {
        status: 304,
        description: "It is as `If-None-Match` has it.",
        headers: { etag: "always" },
      },
    ],
    errors: ["unauthorized", "not_found"],
  },
  {
    id: "listGenerations",
    method: "get",
    path: "/generation",
    summary: "List the own generations",
    description: "Newest first, by pages.",
    credential: "bearer",
    parameters: { query: LIST_QUERY },
    answers: [{
      status: 200,
      description: "A page.",
      schema: GENERATION_PAGE,
      example: { items: [EXAMPLE_GENERATION], next: null },
    }],
    errors: ["invalid_request", "unauthorized"],
  },
  {
    id: "deleteGeneration",
    method: "delete",
    path: "/generation/{id}",
    summary: "Cancel or remove a generation",
    description:
      "What is PENDING is cancelled, and its credits come back. What has ended is hidden " +
      "from the user, and its picture removed.",
    credential: "bearer",
    parameters: { path: ID, query: DELETE_QUERY },
    answers: [{
      status: 200,
      description: "The generation as it was left.",
      schema: GENERATION,
      example: EXAMPLE_CANCELLED,
    }],
    errors: ["invalid_request", "unauthorized", "not_found", "already_started"],
  },
];

/** The generation function. */
export const description: FunctionDescription = {
  name: "generation",
  about: "Pictures, from the prompt to the address of the file.",
  schemas: {
    Accepted: ACCEPTED,
    Generation: GENERATION,
    GenerationError: GENERATION_ERROR,
    GenerationPage: GENERATION_PAGE,
    Queue: QUEUE,
    Submission: SUBMISSION,
  },
  operations,
};
