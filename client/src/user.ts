/** The person who is logged in. */

/** Who is logged in, as the backend tells. */
export interface User {
  /** `users.id`, a UUID. */
  id: string;
  telegram_id: number;
  first_name: string;
  username: string | null;
  /** What is left to spend. */
  credits: number;
}
