import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { runProgram } from '../kit/index.ts';

/** A bare repository that plays the remote, and a clone in which changes are made. */
export interface DemoRepository {
  readonly remote: string;
  readonly work: string;
  git(...args: string[]): Promise<string>;
  /** Commits everything and pushes the branch; returns the commit's SHA. */
  commitAndPush(branch: string, message: string): Promise<string>;
  /** Merges a branch into main, as the button on a forge does, and pushes; returns the merge's SHA. */
  merge(branch: string): Promise<string>;
  tag(name: string): Promise<void>;
}

/** Creates both below a folder; `main` has a README and no stack yet. */
export async function createDemoRepository(folder: string, path: string | undefined): Promise<DemoRepository> {
  const [remote, work] = [join(folder, 'remote.git'), join(folder, 'work')];
  const env = { PATH: path ?? '', HOME: folder, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const run = async (cwd: string, args: readonly string[]): Promise<string> => {
    const identity = ['-c', 'user.name=A Scientist', '-c', 'user.email=scientist@localhost'];
    return (await runProgram('git', [...identity, ...args], { cwd, env })).text.trim();
  };
  await mkdir(folder, { recursive: true });
  await run(folder, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', remote]);
  await run(folder, ['clone', '--quiet', remote, work]);
  const git = (...args: string[]): Promise<string> => run(work, args);
  const commitAndPush = async (branch: string, message: string): Promise<string> => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', message);
    await git('push', '--quiet', 'origin', `HEAD:${branch}`);
    return git('rev-parse', 'HEAD');
  };
  await git('checkout', '--quiet', '-b', 'main');
  await writeFile(join(work, 'README.md'), '# A stack\n\nIt begins empty; a pull request brings the packages.\n');
  await commitAndPush('main', 'Begin');
  return {
    remote,
    work,
    git,
    commitAndPush,
    merge: async (branch) => {
      await git('checkout', '--quiet', 'main');
      await git('merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, branch);
      await git('push', '--quiet', 'origin', 'main', `:${branch}`);
      return git('rev-parse', 'HEAD');
    },
    tag: async (name) => {
      await git('tag', name);
      await git('push', '--quiet', 'origin', name);
    },
  };
}

/** Copies the files of a folder into the work tree. They can be changed there, also if the folder is read-only. */
export async function layOver(source: string, repository: DemoRepository): Promise<void> {
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(repository.work, relative(source, from));
    const isExecutable = ((await stat(from)).mode & 0o111) !== 0;
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, await readFile(from), { mode: isExecutable ? 0o755 : 0o644 });
  }
}
