/** Where anybody can read the objects of a bucket. */

/**
 * The address that public URLs begin with: the bucket under the endpoint, or AWS's address of the bucket.
 *
 * A bucket whose name has dots is a segment of the path, as AWS's certificate covers one label alone
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html); China's regions have a
 * domain of their own.
 */
export function publicAddressOf(
  { endpoint, region, bucket }: { endpoint: string | undefined; region: string; bucket: string },
): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, "")}/${bucket}`;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return bucket.includes(".")
    ? `https://s3.${region}.${domain}/${bucket}`
    : `https://${bucket}.s3.${region}.${domain}`;
}
