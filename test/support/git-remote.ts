import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** A bare repository in a temporary folder, changed through a clone as a person would. */
export interface GitRemote {
  /** The temporary folder; what else a test makes may go there. */
  readonly folder: string;
  readonly path: string;
  commit(ref: string, files: Readonly<Record<string, string>>, from?: string): Promise<string>;
  merge(branch: string, ref: string): Promise<string>;
  tag(name: string, ref: string): Promise<string>;
  remove(ref: string): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
  dispose(): Promise<void>;
}

const ENVIRONMENT = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export async function gitRemote(): Promise<GitRemote> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-forge-'));
  const path = join(folder, 'remote.git');
  const work = join(folder, 'work');
  const run = async (cwd: string, args: readonly string[]) =>
    (await execa('git', args, { cwd, env: ENVIRONMENT })).stdout;
  const git = (...args: readonly string[]) => run(work, args);
  await run(folder, ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  await run(folder, ['init', '--quiet', '--initial-branch=unborn', work]);
  await git('remote', 'add', 'origin', path);

  async function checkOut(ref: string): Promise<void> {
    if ((await git('ls-remote', 'origin', ref)) === '') return;
    await git('fetch', '--quiet', 'origin', ref);
    await git('checkout', '--quiet', '--detach', '--force', 'FETCH_HEAD');
  }
  async function publish(ref: string): Promise<string> {
    await git('push', '--quiet', '--force', 'origin', `HEAD:${ref}`);
    return git('rev-parse', 'HEAD');
  }
  return {
    folder,
    path,
    git,
    async commit(ref, files, from = ref) {
      await checkOut(from);
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, name)), { recursive: true });
        await writeFile(join(work, name), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `Change ${Object.keys(files).join(', ')}`);
      return publish(ref);
    },
    async merge(branch, ref) {
      await checkOut(ref);
      const head = await git('rev-parse', 'HEAD');
      await checkOut(branch);
      await git('merge', '--quiet', '--no-ff', '--message', `Merge ${ref}`, head);
      return publish(branch);
    },
    async tag(name, ref) {
      await checkOut(ref);
      await git('tag', '--force', '--annotate', '--message', name, name);
      await git('push', '--quiet', '--force', 'origin', `refs/tags/${name}`);
      return git('rev-parse', 'HEAD');
    },
    async remove(ref) {
      await git('push', '--quiet', 'origin', `:${ref}`);
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
