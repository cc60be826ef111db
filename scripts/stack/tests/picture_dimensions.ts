/** Reads format and size out of the headers of a picture file, chunk by chunk, failing on one that is not whole. */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

/** `png 1024x1024` and the like. */
export function describePicture(bytes: Uint8Array): string {
  const file = Buffer.from(bytes);
  if (file.toString("latin1", 1, 4) === "PNG") return `png ${pngSize(file)}`;
  if (file.toString("latin1", 0, 4) === "RIFF") return `webp ${webpSize(file)}`;
  if (file.readUInt16BE(0) === 0xffd8) return `jpeg ${jpegSize(file)}`;
  throw new TypeError("Cannot read the picture: it is no PNG, WebP or JPEG");
}

function pngSize(file: Buffer): string {
  let size = "";
  for (let offset = 8; offset < file.length;) {
    const length = file.readUInt32BE(offset);
    const type = file.toString("latin1", offset + 4, offset + 8);
    const end = offset + 8 + length;
    if (crc32(file.subarray(offset + 4, end)) !== file.readUInt32BE(end)) {
      throw new TypeError(`Cannot read the PNG: the checksum of "${type}" is wrong`);
    }
    if (type === "IHDR") {
      size = `${file.readUInt32BE(offset + 8)}x${file.readUInt32BE(offset + 12)}`;
    }
    offset = end + 4;
    if (type === "IEND" && offset === file.length) return size;
  }
  throw new TypeError("Cannot read the PNG: it has no IEND at its end");
}

function webpSize(file: Buffer): string {
  if (file.readUInt32LE(4) !== file.length - 8) {
    throw new TypeError("Cannot read the WebP: cut off");
  }
  const canvas = `${file.readUIntLE(24, 3) + 1}x${file.readUIntLE(27, 3) + 1}`;
  for (let offset = 12; offset < file.length;) {
    const length = file.readUInt32LE(offset + 4);
    if (file.toString("latin1", offset, offset + 4) === "VP8L") {
      const packed = file.readUInt32LE(offset + 9);
      const size = `${(packed & 0x3fff) + 1}x${((packed >> 14) & 0x3fff) + 1}`;
      if (size === canvas) return size;
    }
    offset += 8 + length + (length % 2);
  }
  throw new TypeError("Cannot read the WebP: it has no VP8L chunk of the size of its canvas");
}

function jpegSize(file: Buffer): string {
  let size = "";
  for (let offset = 2; offset < file.length;) {
    const marker = file.readUInt16BE(offset);
    if (marker === 0xffc0) {
      size = `${file.readUInt16BE(offset + 7)}x${file.readUInt16BE(offset + 5)}`;
    }
    offset += 2 + file.readUInt16BE(offset + 2);
    if (marker === 0xffda && file.readUInt16BE(file.length - 2) === 0xffd9) return size;
  }
  throw new TypeError("Cannot read the JPEG: it has no scan or no end");
}
