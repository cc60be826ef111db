/** React hooks over a {@link MiniApp}: who is logged in, and how a generation goes on. */
// @ts-types="@types/react"
import { useEffect, useState } from "react";
import type { MiniApp, MiniAppError, Progress, User } from "./client.ts";

/** Who is logged in, with the credits that are left; null before a login and after the session's end. */
export function useSession(app: MiniApp): User | null {
  const [user, setUser] = useState(app.user);
  useEffect(() => {
    // What changed between the rendering and this effect.
    setUser(app.user);
    return app.onSession(setUser);
  }, [app]);
  return user;
}

/** What is known of a generation that is being watched. */
export interface WatchedGeneration {
  /** Undefined until something is known. */
  progress: Progress | undefined;
  /** The generation cannot be watched: it is gone (`not_found`), or the session is (`signed_out`). */
  error: MiniAppError | undefined;
}

const NOTHING: WatchedGeneration = { progress: undefined, error: undefined };

/** Watches the generation `id` while the component is mounted; nothing while `id` is undefined. */
export function useGeneration(app: MiniApp, id: string | undefined): WatchedGeneration {
  const [watched, setWatched] = useState<WatchedGeneration & { id: string | undefined }>({
    ...NOTHING,
    id,
  });
  useEffect(() => {
    if (id === undefined) return undefined;
    return app.watch(
      id,
      (progress) => setWatched({ id, progress, error: undefined }),
      (error) =>
        setWatched((before) => ({ ...NOTHING, ...(before.id === id && before), id, error })),
    );
  }, [app, id]);
  // In the rendering that a new id brings, the state is still that of the one before.
  return watched.id === id ? watched : NOTHING;
}
