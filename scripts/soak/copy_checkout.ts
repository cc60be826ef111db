/** Copies the checkout, so that something can be tried out in it. */
import { dirname, fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Copies into `folder` what git tracks, as it lies in the working tree. */
export async function copyCheckout(folder: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: ROOT })
    .output();
  for (const path of new TextDecoder().decode(stdout).split("\0").filter((name) => name !== "")) {
    const target = join(folder, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(join(ROOT, path), target).catch((error) => {
      // Removed in the working tree, and not yet in the index.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
