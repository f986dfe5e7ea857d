import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, runProgram, withoutCredentials, type ProcessVariables } from '../kit/index.ts';
import { generateError } from './errors.ts';

interface DownstreamPush {
  /** A git repository whose commit is being built. */
  readonly project: string;
  /** Where the pipeline is to run: `DOWNSTREAM_CI_REPO`. */
  readonly repository: string;
  /** The branch there: made anew each time. */
  readonly branch: string;
  /** Contents by path; they stand beside the files of the commit, or instead of them. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  /** Git's whole environment, in which the credentials for the repository are found. */
  readonly env: ProcessVariables;
  readonly signal?: AbortSignal;
}

/**
 * Pushes the commit that is being built with a generated pipeline on top of it, for CI servers without child pipelines.
 * The project's own files, index and branches stay as they are. Gives the new commit.
 */
export async function pushDownstream(push: DownstreamPush): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-downstream-'));
  const { project: cwd, signal } = push;
  const env = { ...push.env, GIT_INDEX_FILE: join(scratch, 'index') };
  const identity = ['-c', 'user.name=slipway', '-c', 'user.email=slipway@localhost'];
  const git = async (words: readonly string[], input?: string): Promise<string> => {
    return (await runProgram('git', [...identity, ...words], { cwd, env, signal, input })).text.trim();
  };
  try {
    await git(['read-tree', 'HEAD']);
    for (const [path, content] of push.files) {
      const blob = await git(['hash-object', '-w', '--stdin'], content);
      await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    }
    const tree = await git(['write-tree']);
    const commit = await git(['commit-tree', '-p', 'HEAD', '-m', push.message, tree]);
    await git(['push', '--force', '--', push.repository, `${commit}:refs/heads/${push.branch}`]);
    return commit;
  } catch (error) {
    const fault = (messageOf(error).split('\n').at(-1) ?? '').trim();
    const repository = withoutCredentials(push.repository);
    throw generateError('GENERATE_PUSH_FAILED', { repository, fault }, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
