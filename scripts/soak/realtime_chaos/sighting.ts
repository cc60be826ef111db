/** What somebody was shown of one generation, from its submission to its end. */
import type { GenerationErrorCode, GenerationStatus } from "@pixelpop/client";

/** One state that was shown. */
export interface Shown {
  status: GenerationStatus;
  /** Of the row; undefined where it is not shown. */
  version?: number;
  url: string | null;
  errorCode: GenerationErrorCode | null;
}

/** All of it. */
export interface Sighting {
  id: string;
  /** The client module alone, or the page in a browser. */
  by: "client" | "page";
  /** In the order in which they were shown. */
  shown: Shown[];
  /** Whether the watch came to an end. */
  hasEnded: boolean;
  /** GETs for the generation. */
  reads: number;
  /** What else is wrong with it. */
  mishaps: string[];
}

/** The id in the address of a GET for one generation; undefined for every other request. */
export function readIdOf(method: string, url: string): string | undefined {
  if (method !== "GET") return undefined;
  return /\/functions\/v1\/generation\/([0-9a-f-]{36})/.exec(url)?.[1];
}
