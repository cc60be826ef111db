/** Settings: the S3 bucket the pictures are kept in. */
import type { EnvironmentReader } from "./read_config.ts";

/** The bucket and how it is reached. */
export interface StorageConfig {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  bucket: string;
  /** Another endpoint than AWS's, without a slash at its end; buckets are then path segments. */
  endpoint: string | undefined;
  /** What a public URL begins with; the object's key follows after a slash. */
  publicBaseUrl: string;
}

/**
 * Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_BUCKET_NAME`,
 * `AWS_ENDPOINT_URL_S3` and `AWS_PUBLIC_BASE_URL` (default: the bucket under the endpoint, or AWS's
 * own address of the bucket).
 */
export function readStorageConfig(env: EnvironmentReader): StorageConfig {
  const region = env.text("AWS_REGION", {
    wanted: 'a region such as "us-east-1"',
    accepts: (value) => /^[a-z0-9-]{2,40}$/.test(value),
    fallback: "us-east-1",
  });
  const bucket = env.text("AWS_BUCKET_NAME", {
    wanted: "a bucket name: 3 to 63 lower-case letters, digits, dots and dashes",
    accepts: (value) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value),
    fallback: "pixelpop",
  });
  const endpoint = env.has("AWS_ENDPOINT_URL_S3") ? env.url("AWS_ENDPOINT_URL_S3") : undefined;
  return {
    accessKeyId: env.text("AWS_ACCESS_KEY_ID", {
      wanted: "an access key id",
      accepts: (value) => /^[\x21-\x7e]+$/.test(value),
    }),
    secretAccessKey: env.text("AWS_SECRET_ACCESS_KEY", {
      wanted: "the secret of that access key",
      accepts: (value) => /^[\x21-\x7e]+$/.test(value),
      secret: true,
    }),
    region,
    bucket,
    endpoint,
    publicBaseUrl: env.url("AWS_PUBLIC_BASE_URL", {
      fallback: endpoint === undefined
        ? `https://${bucket}.s3.${region}.amazonaws.com`
        : `${endpoint}/${bucket}`,
    }),
  };
}
