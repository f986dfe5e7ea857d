import { runGit } from '../run-git.ts';

/** Returns the tree of the commit that a folder is at, if nothing but `data` lies beside what was committed. */
export async function cleanTree(folder: string, data: string): Promise<string | undefined> {
  const top = (await runGit(folder, ['rev-parse', '--show-toplevel'])).stdout.trim();
  const without = `${data}/`.startsWith(`${top}/`) ? [`:(exclude)${data}`] : [];
  const status = await runGit(folder, ['status', '--porcelain', '--', ':/', ...without]);
  if (status.failed || status.stdout !== '') return undefined;
  const tree = await runGit(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{tree}']);
  return tree.failed ? undefined : tree.stdout.trim();
}
