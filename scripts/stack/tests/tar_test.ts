// Reading npm assets packed as .tar.gz.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { readTarGz } from "../tar.ts";

Deno.test("readTarGz() gives regular files and skips folders and links", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "a"));
    await Deno.writeTextFile(join(folder, "a/one.txt"), "1".repeat(600));
    await Deno.writeTextFile(join(folder, "a/empty.txt"), "");
    await Deno.symlink("one.txt", join(folder, "a/link"));
    const tar = new Deno.Command("tar", {
      args: ["czf", "archive.tar.gz", "--format=ustar", "a"],
      cwd: folder,
    });
    assert((await tar.output()).success);
    const entries = await readTarGz(await Deno.readFile(join(folder, "archive.tar.gz")));
    const sizes = entries.map(({ path, content }) => `${path} ${content.length}`).sort();
    assertEquals(sizes, ["a/empty.txt 0", "a/one.txt 600"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readTarGz() refuses what is not gzip", async () => {
  await assertRejects(() => readTarGz(new TextEncoder().encode("no archive")), TypeError);
});
