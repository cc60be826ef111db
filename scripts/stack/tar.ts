/** Reads a .tar.gz, so that unpacking an npm asset needs no `tar` on the machine. */

/** A regular file of an archive. */
export interface TarEntry {
  path: string;
  content: Uint8Array;
}

const BLOCK = 512;

/**
 * Gives the regular files of a gzipped ustar archive; links and folders are skipped.
 *
 * @throws {TypeError} When the data is not gzip.
 */
export async function readTarGz(archive: Uint8Array<ArrayBuffer>): Promise<TarEntry[]> {
  const unpacked = new Blob([archive]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const entries: TarEntry[] = [];
  for (let offset = 0; offset + BLOCK <= bytes.length;) {
    const header = bytes.subarray(offset, offset + BLOCK);
    const name = field(header, 0, 100);
    if (name === "") break;
    const size = parseInt(field(header, 124, 12), 8);
    const type = String.fromCharCode(header[156] ?? 0);
    const prefix = field(header, 345, 155);
    const start = offset + BLOCK;
    if (type === "0" || type === "\0") {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      entries.push({ path, content: bytes.slice(start, start + size) });
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

/** A NUL-terminated text field of a ustar header. */
function field(header: Uint8Array, start: number, length: number): string {
  const text = new TextDecoder().decode(header.subarray(start, start + length));
  return text.split("\0", 1)[0] ?? "";
}
