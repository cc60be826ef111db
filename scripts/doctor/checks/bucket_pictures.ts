/** The bucket takes a picture, shows it to everybody, and gives it up again. */
import { BUCKET_NEEDS, openBucket, POLICY, withObject } from "../bucket.ts";
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const bucketPictures: Check = {
  name: "bucket_pictures",
  needs: BUCKET_NEEDS,
  cure:
    "The key pair needs s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket (docs/deploy/user_policy.json); AWS_BUCKET_NAME, AWS_REGION and AWS_ENDPOINT_URL_S3 say which bucket",
  async run(deployment) {
    const { fetch } = deployment;
    const bucket = openBucket(deployment);
    for (const prefix of ["generations/", "previews/"]) {
      const { status, url } = await withObject(bucket, prefix, async ({ url }) => {
        const response = await fetch(url);
        await response.body?.cancel();
        return { status: response.status, url };
      });
      if (status !== 200) {
        return [wrong(
          `Nobody can see what is under ${prefix} (${status} at ${new URL(url).origin})`,
          `aws s3api put-public-access-block and put-bucket-policy with ${POLICY}; AWS_PUBLIC_BASE_URL, if set, must lead to the bucket`,
        )];
      }
      const gone = await fetch(url);
      await gone.body?.cancel();
      if (gone.ok) {
        return [wrong(
          `What was removed from ${prefix} is still shown`,
          "The CDN of AWS_PUBLIC_BASE_URL must honour cache-control; versioning of the bucket must be off",
        )];
      }
    }
    const missing = await bucket.head(`generations/doctor-${crypto.randomUUID()}`);
    if (missing !== null) throw new Error("The bucket has an object that nobody stored");
    return [ok(`"${bucket.name}" stores, shows and removes pictures`)];
  },
};
