import { readFile } from 'node:fs/promises';
import { testersOf } from '../coordinator/index.ts';
import { cleanTree, orNone } from '../package-job/index.ts';
import type { JobContext, TestedLocks } from '../package-job/index.ts';
import type { ServerData } from './server-data.ts';

/**
 * Reads the locks that the server of this data folder has tested for the tree of an environment's repository: undefined
 * if the folder is not as it was committed. Locks of people who are not trusted do not count.
 */
export async function locksOfData(
  environment: string,
  { folder, pipelines }: ServerData,
  context: Pick<JobContext, 'note' | 'signal'>,
): Promise<TestedLocks | undefined> {
  return orNone(context, async () => {
    const tree = await cleanTree(environment, folder.root);
    if (tree === undefined) return undefined;
    const tested = testersOf({ folder, pipelines }, { tree }).find(({ record }) => record.trust !== 'untrusted');
    if (tested === undefined) return undefined;
    const { id, ref, request } = tested.record;
    const read = tested.locks.map(async (one) => ({ ...one, lock: await readFile(folder.lock(one.digest), 'utf8') }));
    return { pipeline: id, ref, pullRequest: request, standing: 'trusted', locks: await Promise.all(read) };
  });
}
