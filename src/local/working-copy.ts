import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PipelineSources } from '../gitlab/index.ts';
import { runProgram } from '../kit/index.ts';

const NO_COMMIT = '0'.repeat(40);

/** What git reports about a folder; without a repository or a commit most of it is empty. */
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

/** One shell for all queries: starting programs from here takes longer than git takes to answer. */
const QUESTIONS = [
  'git log -1 --format=%H%x00%P%x00%an\\ \\<%ae\\>%x00%cI%x00%B',
  'printf "\\0"; git symbolic-ref --short --quiet HEAD',
  'printf "\\0"; git symbolic-ref --short --quiet refs/remotes/origin/HEAD',
  'printf "\\0"; git config --get remote.origin.url',
  ':',
].join('\n');

export async function readWorkingCopy(folder: string): Promise<WorkingCopy> {
  const answers = ((await output('sh', ['-c', QUESTIONS], folder)) ?? '').split('\0').map((answer) => answer.trim());
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

/** Returns readers for `include`, `rules:exists` and `rules:changes`; they start git only when they are called. */
export function workingCopyFiles(folder: string): PipelineSources {
  return {
    readFile: (path) => readFile(join(folder, path), 'utf8').catch(() => undefined),
    listFiles: async () =>
      (await lines(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])) ??
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted(),
    changedPaths: async (compareTo) => changedPaths(folder, compareTo),
  };
}

/** What is not committed has changed as well. */
async function changedPaths(folder: string, compareTo: string | undefined): Promise<readonly string[] | undefined> {
  const changed = await lines(folder, ['diff', '--name-only', '-z', compareTo ?? 'HEAD~1', '--']);
  const added = await lines(folder, ['ls-files', '-z', '--others', '--exclude-standard']);
  return changed === undefined ? undefined : [...changed, ...(added ?? [])];
}

async function lines(folder: string, words: readonly string[]): Promise<readonly string[] | undefined> {
  const text = await output('git', words, folder);
  return text?.split('\0').filter((line) => line !== '');
}

/** Undefined if the program cannot be started, or fails. */
async function output(program: string, words: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    return (await runProgram(program, words, { env: 'inherited', cwd })).stdout.toString('utf8');
  } catch {
    return undefined;
  }
}
