/** One screen: a prompt, its price, and the picture as it comes. */
import { type MiniApp, MiniAppError } from "@pixelpop/client";
import { useGeneration, useSession } from "@pixelpop/client/react";
import { type FormEvent, useEffect, useMemo, useState } from "react";

export function Studio({ app, initData }: { app: MiniApp; initData: string }) {
  const user = useSession(app);
  const [prompt, setPrompt] = useState("");
  const [id, setId] = useState<string>();
  const [problem, setProblem] = useState("");
  const { progress, error } = useGeneration(app, id);
  const report = (cause: unknown) =>
    setProblem(cause instanceof MiniAppError ? cause.code : String(cause));

  useEffect(() => void app.login(initData).catch(report), [app, initData]);

  // One key a picture until it is accepted: it is charged once, however often the button is pressed.
  const idempotencyKey = useMemo(() => crypto.randomUUID(), [prompt, id]);
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    try {
      setId((await app.submit(prompt, { quality: "low", idempotencyKey })).id);
      setProblem("");
    } catch (cause) {
      report(cause);
    }
  }
  return (
    <form onSubmit={submit}>
      <h1>PixelPop</h1>
      <textarea
        aria-label="Prompt"
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
      />
      <button type="submit" disabled={user === null || prompt === ""}>
        Create ({user?.credits ?? 0} credits)
      </button>
      <p role="status">
        {problem || error?.code || progress?.status} {progress?.queue?.position}
      </p>
      {progress?.public_url && <img src={progress.public_url} alt={prompt} width={320} />}
    </form>
  );
}
