/** The judge of the bucket: no picture stays of a generation that ended without one, or was deleted. */
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Arena } from "./arena.ts";
import { untilFound } from "../insist.ts";
import { keyOf } from "./journals.ts";
import type { EndedRow } from "./judge_rows.ts";

/** What cannot be removed at once a worker removes after the next sweep, in seconds. */
const REMOVAL_SECONDS = 25;

/** Lists the bucket. */
export async function judgeObjects(arena: Arena, rows: readonly EndedRow[]): Promise<string[]> {
  const { variables, jobs } = arena;
  const Bucket = variables.AWS_BUCKET_NAME ?? "";
  using client = openClient(variables);
  const wanted = new Set(
    rows.filter((row) => row.status === "COMPLETED" && !row.is_deleted).map(({ id }) => id),
  );
  const unwanted = jobs.filter(({ id }) => !wanted.has(id));
  let left: string[] = [];
  const look = async () => {
    const keys = await listKeys(client.s3, Bucket);
    left = unwanted.map(keyOf).filter((key) => keys.has(key));
    return left.length === 0 ? true : undefined;
  };
  if (unwanted.length > 0) {
    await untilFound(look, { seconds: REMOVAL_SECONDS, intervalMs: 300 });
  }
  return left.map((key) => `The bucket still has "${key}", which nobody has paid for`);
}

function openClient(variables: Readonly<Record<string, string>>): Disposable & { s3: S3Client } {
  const s3 = new S3Client({
    endpoint: variables.AWS_ENDPOINT_URL_S3 ?? "",
    region: variables.AWS_REGION ?? "",
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? "",
    },
    forcePathStyle: true,
  });
  return { s3, [Symbol.dispose]: () => s3.destroy() };
}

async function listKeys(client: S3Client, Bucket: string): Promise<Set<string>> {
  const keys = new Set<string>();
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: "generations/",
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      }),
    );
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.add(Key);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}
