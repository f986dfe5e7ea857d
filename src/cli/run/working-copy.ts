import { execFile, execFileSync } from 'node:child_process';
import type { ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { PipelineContext } from '../../gitlab/index.ts';

const run = promisify(execFile);
const LISTING_LIMIT = 1 << 28;
const NO_COMMIT = '0'.repeat(40);

/** What git knows about a folder; in a folder that is no repository, or has no commit, most of it is empty. */
export interface WorkingCopy {
  readonly folder: string;
  /** Name of the folder. */
  readonly name: string;
  readonly sha: string;
  readonly before: string;
  /** Empty on a detached HEAD. */
  readonly branch: string;
  readonly defaultBranch: string;
  readonly author: string;
  readonly timestamp: string;
  readonly message: string;
  readonly remote: string;
}

/** One shell for all questions: starting programs from here takes longer than git takes to answer. */
const QUESTIONS = [
  'git log -1 --format=%H%x00%P%x00%an\\ \\<%ae\\>%x00%cI%x00%B',
  'printf "\\0"; git symbolic-ref --short --quiet HEAD',
  'printf "\\0"; git symbolic-ref --short --quiet refs/remotes/origin/HEAD',
  'printf "\\0"; git config --get remote.origin.url',
  ':',
].join('\n');

export async function lookAtWorkingCopy(folder: string): Promise<WorkingCopy> {
  const answers = (await ask(folder)).split('\0').map((answer) => answer.trim());
  const [sha, parents, author, timestamp, message, branch, head, remote] =
    answers.length < 8 ? ['', '', '', '', '', ...answers.slice(1)] : answers;
  return {
    folder,
    name: basename(folder),
    sha: sha || NO_COMMIT,
    before: parents?.split(' ')[0] || NO_COMMIT,
    branch: branch ?? '',
    defaultBranch: head?.replace(/^origin\//, '') || 'main',
    author: author ?? '',
    timestamp: timestamp ?? '',
    message: message ?? '',
    remote: remote ?? '',
  };
}

/** What `include`, `rules:exists` and `rules:changes` look at; git is asked only if they do. */
export function repositoryPorts(folder: string): Pick<PipelineContext, 'readFile' | 'listFiles' | 'changedPaths'> {
  return {
    readFile: (path) => {
      try {
        return readFileSync(join(folder, path), 'utf8');
      } catch {
        return undefined;
      }
    },
    listFiles: () =>
      lines(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']) ??
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted(),
    changedPaths: (compareTo) => changedPaths(folder, compareTo),
  };
}

/** What is not committed has changed as well. */
function changedPaths(folder: string, compareTo: string | undefined): readonly string[] | undefined {
  const changed = lines(folder, ['diff', '--name-only', '-z', compareTo ?? 'HEAD~1', '--']);
  const added = lines(folder, ['ls-files', '-z', '--others', '--exclude-standard']);
  return changed === undefined ? undefined : [...changed, ...(added ?? [])];
}

function lines(folder: string, words: readonly string[]): readonly string[] | undefined {
  try {
    const settings: ExecFileSyncOptionsWithStringEncoding = {
      encoding: 'utf8',
      maxBuffer: LISTING_LIMIT,
      stdio: ['ignore', 'pipe', 'ignore'],
    };
    return execFileSync('git', ['-C', folder, ...words], settings)
      .split('\0')
      .filter((line) => line !== '');
  } catch {
    return undefined;
  }
}

async function ask(folder: string): Promise<string> {
  try {
    return (await run('sh', ['-c', QUESTIONS], { cwd: folder, encoding: 'utf8' })).stdout;
  } catch {
    return '';
  }
}
