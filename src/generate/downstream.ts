import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ProgramError,
  Retryable,
  messageOf,
  retry,
  runProgram,
  withoutCredentials,
  type ProcessVariables,
} from '../kit/index.ts';
import { generateError } from './errors.ts';

/** Another pipeline pushes to the same branch at this moment. */
const IS_HELD = /cannot lock ref|failed to update ref/;

/** Returns what git reports, without its advice: the last line of a failed push does not give the reason. */
function faultOf(error: unknown): string {
  const text = error instanceof ProgramError ? (error.result?.stderr.toString('utf8') ?? '') : '';
  const lines = text.split('\n').map((line) => line.trim());
  const facts = lines.filter((line) => /^(?:remote:|fatal:|error:|! \[)/.test(line) && !/^remote:\s*$/.test(line));
  return facts.length === 0 ? messageOf(error) : facts.join('; ');
}

interface DownstreamPush {
  /** A git repository whose commit is being built. */
  readonly project: string;
  /** Where the pipeline is to run: `DOWNSTREAM_CI_REPO`. */
  readonly repository: string;
  /** The branch there, which is replaced each time. */
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
 * The project's own files, index and branches stay as they are. A shallow clone has no history to push, so that the
 * commit then has no parent. Returns the new commit.
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
    const isShallow = (await git(['rev-parse', '--is-shallow-repository'])) === 'true';
    const parent = isShallow ? [] : ['-p', 'HEAD'];
    const commit = await git(['commit-tree', ...parent, '-m', push.message, tree]);
    await retry(
      async () => {
        try {
          await git(['push', '--force', '--', push.repository, `${commit}:refs/heads/${push.branch}`]);
        } catch (error) {
          throw IS_HELD.test(faultOf(error)) ? new Retryable(error) : error;
        }
      },
      { signal },
    );
    return commit;
  } catch (error) {
    const repository = withoutCredentials(push.repository);
    const fault = faultOf(error).replaceAll(push.repository, repository);
    throw generateError('GENERATE_PUSH_FAILED', { repository, fault }, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
