/** The files that are applied to a bucket say what the functions and doctor rely on. */
import { assert, assertEquals } from "@std/assert";
import cors from "../../../docs/deploy/bucket_cors.json" with { type: "json" };
import policy from "../../../docs/deploy/bucket_policy.json" with { type: "json" };
import user from "../../../docs/deploy/user_policy.json" with { type: "json" };
import { PUBLIC_PREFIXES } from "../../stack/s3/public_read.ts";

Deno.test("the bucket's policy makes public what the stack's bucket makes public, and no more", () => {
  const allowed = policy.Statement.filter(({ Effect }) => Effect === "Allow");
  assertEquals(allowed.map(({ Action }) => Action), ["s3:GetObject"]);
  assertEquals(
    allowed.flatMap(({ Resource }) => Resource),
    PUBLIC_PREFIXES.map((prefix) => `arn:aws:s3:::BUCKET/${prefix}*`),
  );
});

Deno.test("the key pair may do what the functions do, in this bucket alone", () => {
  const actions = user.Statement.flatMap(({ Action }) => Action).sort();
  assertEquals(actions, ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]);
  for (const { Resource } of user.Statement) assert(Resource.startsWith("arn:aws:s3:::BUCKET"));
});

Deno.test("pages of any origin may read, those of the Mini App alone may put", () => {
  const originsOf = (method: string) =>
    cors.CORSRules.filter(({ AllowedMethods }) => AllowedMethods.includes(method))
      .flatMap(({ AllowedOrigins }) => AllowedOrigins);
  assertEquals(originsOf("GET"), ["*"]);
  assertEquals(originsOf("PUT"), ["MINI_APP_ORIGIN"]);
});
