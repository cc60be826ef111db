/** The page as the embedded stack serves it: opened once the stack's address and keys are known. */
import { signInitData } from "../../demo/sign_init_data.ts";
import { createPage, type Page } from "./page.ts";

/** A page that is there before its stack is. */
export interface StackPage {
  /** Given to `startStack`. */
  serve: Page;
  /** Opens it with the stack's variables. */
  open(variables: Readonly<Record<string, string | undefined>>): void;
}

/** Makes it, still closed. */
export function createStackPage(): StackPage {
  let page: Page | undefined;
  return {
    serve: (request) => page?.(request),
    open(variables) {
      const botToken = variables.TELEGRAM_BOT_TOKEN ?? "";
      page = createPage({
        supabaseUrl: variables.SUPABASE_URL ?? "",
        publishableKey: variables.SUPABASE_PUBLISHABLE_KEY ?? "",
        signTestUser: (user) => signInitData({ botToken, user }),
      });
    },
  };
}
