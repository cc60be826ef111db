/** The control door of a stack, as the scenarios use it. */

/** Turns the stack's parts. */
export interface ControlDoor {
  get<Value>(path: string): Promise<Value>;
  put(path: string, value: unknown): Promise<void>;
  post(path: string, value?: unknown): Promise<void>;
  delete(path: string): Promise<void>;
}

/** Opens the door at `STACK_CONTROL_URL`. Every method throws when the door refuses. */
export function openControlDoor(url: string): ControlDoor {
  async function send(method: string, path: string, value?: unknown): Promise<string> {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${response.status} ${text}`);
    return text;
  }
  return {
    get: async <Value>(path: string) => JSON.parse(await send("GET", path)) as Value,
    put: async (path, value) => void await send("PUT", path, value),
    post: async (path, value) => void await send("POST", path, value),
    delete: async (path) => void await send("DELETE", path),
  };
}
