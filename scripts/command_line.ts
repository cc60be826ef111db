/** What the commands share in reading their arguments: a refusal with the help, and whole numbers. */
import { print } from "./demo/status_line.ts";

/** Says what is wrong with the arguments, then the command's help, and exits with 2. */
export function refuse(message: string, help: string): never {
  print(`${message}\n\n${help}`);
  Deno.exit(2);
}

/** A number a command takes. */
export interface NumberOption {
  /** Without its dashes. */
  name: string;
  /** As it was typed; `undefined` when it was not. */
  text: string | undefined;
  preset: number;
  /** @default 0 */
  min?: number;
  /** @default no bound */
  max?: number;
}

/** Reads a whole number; refuses anything else. */
export function readNumber(
  { name, text, preset, min = 0, max }: NumberOption,
  help: string,
): number {
  if (text === undefined) return preset;
  const number = Number(text);
  const fits = number >= min && number <= (max ?? Number.MAX_SAFE_INTEGER);
  if (text.trim() !== "" && Number.isSafeInteger(number) && fits) return number;
  const wanted = max === undefined ? `, ${min} or more` : ` from ${min} to ${max}`;
  return refuse(`--${name} is "${text}": wanted a whole number${wanted}`, help);
}
