// PixelPop in a React Mini App: log in, submit, watch. Checked by docs/react_example.json.
import { useEffect, useMemo, useState } from "react";
import { createMiniApp, MiniAppError, type Progress } from "../scripts/demo/mini_app/client.ts";

const app = createMiniApp({
  supabaseUrl: "https://<ref>.supabase.co",
  publishableKey: "sb_publishable_…",
  storage: localStorage,
});

export function Studio({ initData }: { initData: string }) {
  const [credits, setCredits] = useState(app.credits);
  const [prompt, setPrompt] = useState("");
  const [id, setId] = useState<string>();
  const [progress, setProgress] = useState<Progress>();
  const [problem, setProblem] = useState("");
  const tell = (error: unknown) =>
    setProblem(error instanceof MiniAppError ? error.code : String(error));

  useEffect(() => app.onSession((user) => setCredits(user?.credits ?? null)), []);
  useEffect(() => void app.login(initData).catch(tell), [initData]);
  useEffect(() => id === undefined ? undefined : app.watch(id, setProgress, tell), [id]);

  // One key a picture, until it is accepted: it is charged once, however often one has to press.
  const idempotencyKey = useMemo(() => crypto.randomUUID(), [prompt, id]);
  const submit = () =>
    app.submit(prompt, { idempotencyKey }).then(
      (accepted) => (setProblem(""), setId(accepted.id)),
      tell,
    );
  return (
    <form onSubmit={(event) => (event.preventDefault(), submit())}>
      <textarea value={prompt} onChange={(event) => setPrompt(event.target.value)} />
      <button type="submit">Create ({credits} credits)</button>
      <p role="status">{problem || progress?.status} {progress?.queue?.position}</p>
      {progress?.public_url && <img src={progress.public_url} alt={prompt} />}
    </form>
  );
}
