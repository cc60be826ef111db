/** Starts the example: the project's address and key come from the build, initData from Telegram. */
import { createMiniApp } from "@pixelpop/client";
import { createRoot } from "react-dom/client";
import { Studio } from "./studio";

const app = createMiniApp({
  supabaseUrl: import.meta.env.VITE_SUPABASE_URL,
  publishableKey: import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY,
  storage: localStorage,
});
// Outside of Telegram, and so in the check, it comes in the address, as Telegram itself passes it.
const initData = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData") ?? "";

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<Studio app={app} initData={initData} />);
