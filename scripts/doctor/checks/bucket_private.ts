/** The bucket shows nobody what is no picture, and no list of what it holds. */
import { BUCKET_NEEDS, openBucket, POLICY, withObject } from "../bucket.ts";
import type { Check } from "../check.ts";
import { type Finding, ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const bucketPrivate: Check = {
  name: "bucket_private",
  needs: BUCKET_NEEDS,
  cure: "See the check bucket_pictures",
  async run(deployment) {
    const { fetch } = deployment;
    const bucket = openBucket(deployment);
    const statusOf = async (url: string) => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status;
    };
    const findings: Finding[] = [];
    for (const prefix of ["uploads/", "elsewhere/"]) {
      const status = await withObject(bucket, prefix, ({ url }) => statusOf(url));
      if (status === 200) {
        findings.push(wrong(
          `Everybody can read what is under ${prefix}`,
          `The bucket's policy may name generations/* and previews/* only: aws s3api put-bucket-policy with ${POLICY}`,
        ));
      }
    }
    if (await statusOf(bucket.publicUrl("") + "?list-type=2") === 200) {
      findings.push(wrong(
        "Everybody can list the bucket",
        `Nobody but the key pair may have s3:ListBucket: aws s3api put-bucket-policy with ${POLICY}`,
      ));
    }
    return findings.length > 0 ? findings : [ok("nothing but pictures is public")];
  },
};
