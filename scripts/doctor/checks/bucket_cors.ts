/** Pages may read pictures, and (where the function uploads is) put reference images to addresses they were given. */
import { BUCKET_NEEDS, openBucket } from "../bucket.ts";
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const bucketCors: Check = {
  name: "bucket_cors",
  needs: BUCKET_NEEDS,
  cure: "See the check bucket_pictures",
  async run(deployment) {
    const { env, fetch, sources } = deployment;
    const bucket = openBucket(deployment);
    const [first = "*"] = (env("CORS_ORIGINS") ?? "*").split(",");
    const origin = first === "*" ? "https://app.example.com" : first;
    const allows = async (key: string, method: string) => {
      const response = await fetch(bucket.publicUrl(key), {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": method,
          ...(method === "PUT" ? { "access-control-request-headers": "content-type" } : {}),
        },
      });
      await response.body?.cancel();
      const allowed = response.headers.get("access-control-allow-origin");
      return response.ok && (allowed === "*" || allowed === origin);
    };
    const cure =
      "aws s3api put-bucket-cors --bucket <bucket> --cors-configuration file://docs/deploy/bucket_cors.json";
    if (!await allows("generations/doctor", "GET")) {
      return [wrong(`A page of ${origin} may not read pictures`, cure)];
    }
    if (sources.functions.includes("uploads") && !await allows("uploads/doctor", "PUT")) {
      return [wrong(`A page of ${origin} may not put reference images`, cure)];
    }
    return [ok(`pages of ${origin} may use the bucket`)];
  },
};
