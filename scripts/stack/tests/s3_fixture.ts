/** What the S3 tests share: a stand-in in a temporary directory, its real client, and its public address. */
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { type S3, startS3 } from "../s3.ts";

export const BUCKET = "pixelpop";
export const ACCESS_KEY_ID = "AKIAEXAMPLE";
export const SECRET_ACCESS_KEY = "a-secret/with+odd=characters";
export const REGION = "us-east-1";

/** The SDK warns of every failed upload of a stream. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** One running stand-in; give it to `await using`. */
export interface S3Fixture extends AsyncDisposable {
  s3: S3;
  client: S3Client;
  /** Another client, for wrong keys and the like; destroyed with the fixture. */
  clientWith(config: S3ClientConfig): S3Client;
  publicUrl(key: string): string;
  /** Closes the stand-in and starts it again on the same directory. */
  restart(): Promise<void>;
}

/** Starts a stand-in whose clock is `now`. */
export async function startFixture({ now }: { now?: () => number } = {}): Promise<S3Fixture> {
  const directory = await Deno.makeTempDir();
  const start = (): Promise<S3> =>
    startS3({
      directory,
      bucket: BUCKET,
      region: REGION,
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET_ACCESS_KEY,
      ...(now === undefined ? {} : { now }),
    });
  let s3 = await start();
  const clients: S3Client[] = [];
  const clientWith = (config: S3ClientConfig): S3Client => {
    const client = new S3Client({
      endpoint: s3.url,
      region: REGION,
      forcePathStyle: true,
      maxAttempts: 1,
      logger: QUIET,
      credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
      ...config,
    });
    clients.push(client);
    return client;
  };
  let client = clientWith({});
  return {
    get s3() {
      return s3;
    },
    get client() {
      return client;
    },
    clientWith,
    publicUrl: (key) => `${s3.url}/${BUCKET}/${key}`,
    async restart() {
      await s3.close();
      s3 = await start();
      client = clientWith({});
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.destroy();
      await s3.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
