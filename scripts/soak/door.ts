/** The stack's control door: used to make faults. */

/**
 * Asks the door by a line such as `PUT /cron`, and gives the JSON it answers.
 *
 * @throws {Error} For every answer that is not a success.
 */
export type Door = <Answer = unknown>(line: string, body?: unknown) => Promise<Answer>;

/** Opens the door at `STACK_CONTROL_URL`. */
export function openDoor(url: string): Door {
  return async function ask<Answer>(line: string, body?: unknown): Promise<Answer> {
    const [method = "", path = ""] = line.split(" ");
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`"${line}" answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  };
}
