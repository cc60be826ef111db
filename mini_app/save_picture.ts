/// <reference lib="dom" />
/** Saves a picture on the device: by Telegram where it can, else by the browser. */
import type { Picture } from "./picture.ts";
import type { TelegramWebApp } from "./telegram.ts";

/** Version of the Mini Apps API in which files can be downloaded. */
const DOWNLOADS_SINCE = "8.0";

/** Offers the file; a picture that is not there is left alone. */
export function savePicture({ id, url, outputFormat }: Picture, telegram: TelegramWebApp): void {
  if (url === null) return;
  if (telegram.downloadFile !== undefined && telegram.isVersionAtLeast(DOWNLOADS_SINCE)) {
    telegram.downloadFile({ url, file_name: `pixelpop-${id.slice(0, 8)}.${outputFormat}` });
  } else {
    telegram.openLink(url);
  }
}
