/** Settings: the S3 bucket the pictures are kept in. */
import * as v from "valibot";
import { publicAddressOf } from "../storage/public_address.ts";
import type { ConfigOf } from "./read_config.ts";
import { baseUrl, text } from "./variables.ts";

/**
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_BUCKET_NAME`, `AWS_SESSION_TOKEN`,
 * `AWS_ENDPOINT_URL_S3` and `AWS_PUBLIC_BASE_URL` (default: the bucket under the endpoint, or AWS's own address of the bucket).
 */
export const storageSettings = v.pipe(
  v.object({
    AWS_REGION: v.optional(text('a region such as "us-east-1"', /^[a-z0-9-]{2,40}$/), "us-east-1"),
    AWS_BUCKET_NAME: v.optional(
      text(
        "a bucket name: 3 to 63 lower-case letters, digits, dots and dashes",
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      ),
      "pixelpop",
    ),
    AWS_ENDPOINT_URL_S3: v.optional(baseUrl()),
    AWS_ACCESS_KEY_ID: text("an access key id", /^[\x21-\x7e]+$/),
    AWS_SECRET_ACCESS_KEY: text("the secret of that access key", /^[\x21-\x7e]+$/),
    AWS_SESSION_TOKEN: v.optional(text("the token of temporary credentials", /^[\x21-\x7e]+$/)),
    AWS_PUBLIC_BASE_URL: v.optional(baseUrl()),
  }),
  v.transform((values) => {
    const { AWS_REGION: region, AWS_BUCKET_NAME: bucket, AWS_ENDPOINT_URL_S3: endpoint } = values;
    return {
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
      /** Of temporary credentials. */
      sessionToken: values.AWS_SESSION_TOKEN,
      region,
      bucket,
      /** Another endpoint than AWS's, without a slash at its end; buckets are then path segments. */
      endpoint,
      /** What a public URL begins with; the object's key follows after a slash. */
      publicBaseUrl: values.AWS_PUBLIC_BASE_URL ?? publicAddressOf({ endpoint, region, bucket }),
    };
  }),
);

/** The bucket and how it is reached. */
export type StorageConfig = ConfigOf<typeof storageSettings>;
