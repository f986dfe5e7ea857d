import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { testersOf } from '../../coordinator/index.ts';
import type { CommandContext } from '../command.ts';
import { withServerData } from './server-data.ts';
import type { DataPlace } from './server-data.ts';
import { orNone } from './tested-lock.ts';
import type { KnownLocks } from './tested-lock.ts';

/**
 * The locks that the server whose data folder is here has tested for the tree of an environment's repository: undefined where the
 * folder is not as it was committed. Outsiders' locks do not count.
 */
export async function locksOfData(
  environment: string,
  { place, context }: { readonly place: DataPlace; readonly context: CommandContext },
): Promise<KnownLocks | undefined> {
  return withServerData(place, context, ({ folder, pipelines }) =>
    orNone(context, async () => {
      const tree = await cleanTree(environment, folder.root);
      if (tree === undefined) return undefined;
      const tested = testersOf({ folder, pipelines }, { tree }).find(({ record }) => record.trust !== 'untrusted');
      if (tested === undefined) return undefined;
      const { id, ref, request } = tested.record;
      const read = tested.locks.map(async (one) => ({ ...one, lock: await readFile(folder.lock(one.digest), 'utf8') }));
      return { pipeline: id, ref, pullRequest: request, standing: 'trusted', locks: await Promise.all(read) };
    }),
  );
}

/** The tree of the commit that a folder is at, if nothing but a server's data lies beside what was committed. */
async function cleanTree(folder: string, data: string): Promise<string | undefined> {
  const git = async (...words: readonly string[]) => execa('git', words, { cwd: folder, reject: false });
  const top = (await git('rev-parse', '--show-toplevel')).stdout;
  const without = `${data}/`.startsWith(`${top}/`) ? [`:(exclude)${data}`] : [];
  const status = await git('status', '--porcelain', '--', ':/', ...without);
  if (status.failed || status.stdout !== '') return undefined;
  const tree = await git('rev-parse', '--verify', '--quiet', 'HEAD^{tree}');
  return tree.failed ? undefined : tree.stdout.trim();
}
