/** Makes the S3 library's client, with every setting it would look for elsewhere. */
import { S3Client } from "@aws-sdk/client-s3";
import { createFetchRequestHandler } from "./fetch_request_handler.ts";

/** How the bucket is reached. */
export interface S3ClientOptions {
  /** Another endpoint than AWS's; buckets are then path segments, as most such servers want it. */
  endpoint?: string | undefined;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string | undefined;
  /** Whether the bucket is a segment of the path: another endpoint wants it, and a name with dots. */
  pathStyle?: boolean | undefined;
  fetch: typeof fetch;
}

/**
 * Makes a client that asks once and reads nothing from the environment or from `~/.aws`.
 *
 * Checksums beside the signed SHA-256 of the body are off unless S3 demands them: the library
 * computes them with `node:zlib`, whose `crc32` throws in Deno 2.1, on which the hosted runtime is
 * built, and many S3-compatible servers refuse them.
 */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = options;
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: options.pathStyle ?? endpoint !== undefined,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    maxAttempts: 1,
    requestHandler: createFetchRequestHandler(options.fetch),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // `fetch` cannot wait for "100 Continue".
    expectContinueHeader: false,
    // From here on the defaults, named so that they are not looked for in files and variables.
    defaultsMode: "standard",
    retryMode: "standard",
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    ignoreConfiguredEndpointUrls: true,
    disableClockSkewCorrection: false,
    authSchemePreference: ["sigv4"],
    sigv4aSigningRegionSet: [region],
    userAgentAppId: "pixelpop",
  });
}
