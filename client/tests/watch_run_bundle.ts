/** What is bundled for Node.js and Chromium: puts `runWatch` where their starters find it. */
import { runWatch } from "./watch_run.ts";

Object.assign(globalThis, { runWatch });
