/** `deno task init-data`: prints the `initData` of a Telegram user, signed for the stack that runs. */
import { parseArgs } from "@std/cli/parse-args";
import { readNumber, refuse } from "./command_line.ts";
import { signInitData } from "./demo/sign_init_data.ts";
import { print } from "./demo/status_line.ts";
import { findTarget } from "./demo/target.ts";

const HELP = `Prints initData as Telegram gives it to a Mini App, signed now.

Usage: deno task init-data [--user ID]

  --user ID  Telegram id (default 424242)

It is signed for the project of SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and TELEGRAM_BOT_TOKEN, or for
the stack that runs (deno task start).
`;

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    boolean: ["help"],
    string: ["user"],
    alias: { h: "help" },
    unknown: (name: string) => refuse(`Unknown option ${name}`, HELP),
  });
  if (flags.help) {
    print(HELP);
    return 0;
  }
  const id = readNumber({ name: "user", text: flags.user, preset: 424242, min: 1 }, HELP);
  const target = await findTarget((name) => Deno.env.get(name));
  if (target === undefined) {
    print('No stack runs here: start one with "deno task start"\n');
    return 1;
  }
  const user = { id, first_name: "Ada", username: `user_${id}` };
  print(`${await signInitData({ botToken: target.botToken, user })}\n`);
  return 0;
}

Deno.exit(await main(Deno.args));
