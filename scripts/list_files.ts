/** Lists the files of a folder and of all folders in it. */

/** Paths of the files under `folder`, a path from `root`; they are paths from `root` as well, unordered. */
export async function listFiles(root: URL, folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await listFiles(root, path));
    else files.push(path);
  }
  return files;
}
