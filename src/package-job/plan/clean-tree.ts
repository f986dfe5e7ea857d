import { readGit } from '../../kit/index.ts';

/** Returns the tree of the commit that a folder is at, if nothing but `data` lies beside what was committed. */
export async function cleanTree(folder: string, data: string): Promise<string | undefined> {
  const top = (await readGit(folder, ['rev-parse', '--show-toplevel']))?.trim();
  const without = `${data}/`.startsWith(`${top}/`) ? [`:(exclude)${data}`] : [];
  if ((await readGit(folder, ['status', '--porcelain', '--', ':/', ...without])) !== '') return undefined;
  return (await readGit(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{tree}']))?.trim();
}
