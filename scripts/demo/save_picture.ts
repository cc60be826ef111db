/** Saves a picture and proves that the file is the stored object. */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { join } from "@std/path";
import { inspectImage } from "../../supabase/functions/_shared/images/inspect.ts";
import { STACK_FOLDER } from "../stack/env_file.ts";
import type { Target } from "./target.ts";

/** A saved picture. */
export interface SavedPicture {
  path: string;
  bytes: number;
  width: number;
  height: number;
  contentType: string;
}

/**
 * Downloads a picture by its public URL into `.stack/pictures` and reads the file back.
 *
 * @throws {Error} When the download fails, the content type or the format is wrong, or the file is
 * not byte for byte the object in the bucket (asked by S3 where the keys are known, else downloaded again).
 */
export async function savePicture(
  publicUrl: string,
  { target, id }: { target: Target; id: string },
): Promise<SavedPicture> {
  const { bytes, contentType } = await download(publicUrl);
  const { format, width, height } = inspectImage(bytes);
  if (contentType !== `image/${format}`) {
    throw new Error(`The picture is a ${format}, its content type is "${contentType}"`);
  }
  const folder = join(STACK_FOLDER, "pictures");
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.${format}`);
  await Deno.writeFile(path, bytes);
  const saved = await Deno.readFile(path);
  const stored = target.bucket === undefined
    ? (await download(publicUrl)).bytes
    : await readObject(target.bucket, keyOf(publicUrl, target.bucket.name));
  if (saved.length !== stored.length || saved.some((byte, index) => byte !== stored[index])) {
    throw new Error(`The file "${path}" differs from the stored object`);
  }
  return { path, bytes: saved.length, width, height, contentType };
}

async function download(
  url: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; contentType: string }> {
  const response = await fetch(url);
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`Cannot download the picture: ${url} answered ${response.status}`);
  }
  const contentType = response.headers.get("content-type") ?? "";
  return { bytes: new Uint8Array(await response.arrayBuffer()), contentType };
}

async function readObject(
  bucket: NonNullable<Target["bucket"]>,
  key: string,
): Promise<Uint8Array> {
  const { endpoint, region, accessKeyId, secretAccessKey, name } = bucket;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
    return await Body?.transformToByteArray() ?? new Uint8Array();
  } finally {
    client.destroy();
  }
}

function keyOf(publicUrl: string, bucket: string): string {
  const path = decodeURIComponent(new URL(publicUrl).pathname);
  return path.slice(path.indexOf(`/${bucket}/`) + bucket.length + 2);
}
