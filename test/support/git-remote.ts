import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
  /** Lets a ref name a commit that there is. */
  move(ref: string, sha: string): Promise<void>;
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

/** Collections of garbage would be most of the processes that a push starts, and nothing here outlives a test. */
const SETTINGS = `[core]
	repositoryformatversion = 0
	fsync = none
[gc]
	auto = 0
[maintenance]
	auto = false
[receive]
	autogc = false
`;
const ORIGIN = `[remote "origin"]
	url = ../remote.git
	fetch = +refs/heads/*:refs/remotes/origin/*
`;

/**
 * A fetch or push starts about eight processes. The clone has the objects of the bare repository, so that moving a ref
 * does the same with one; a push is needed only for its hooks.
 */
const functions = `
  remote() { git --git-dir=../remote.git "$@"; }
  push() {
    if [ -e ../remote.git/hooks/post-receive ]; then git push --quiet --force origin "$2:$1"
    else remote update-ref "$1" "$2"; fi
  }`;

/** Several commands in one shell, since it costs many times as much to start a process from a test as from a shell. */
const scripts = {
  // Arguments: the ref, the message, what the commit is made on, and a folder with the files.
  commit: `if found=$(remote rev-parse --quiet --verify "$3^{commit}"); then
      read -r head < .git/HEAD
      [ "$found" = "$head" ] || git checkout --quiet --detach --force "$found"
    fi
    cp -R "$4/." .
    git add --all
    git commit --quiet --message "$2"
    sha=$(git rev-parse HEAD)
    push "$1" "$sha"
    echo "$sha"`,
  checkOut: `found=$(remote rev-parse --quiet --verify "$1^{commit}") || exit 0
    git checkout --quiet --detach --force "$found"
    echo "$found"`,
  merge: `git merge --quiet --no-ff --message "Merge $2" "$3"
    sha=$(git rev-parse HEAD)
    push "$1" "$sha"
    echo "$sha"`,
  tag: `git tag --force --annotate --message "$1" "$1" >&2
    push "refs/tags/$1" "$(git rev-parse "refs/tags/$1")"
    git rev-parse HEAD`,
  move: 'push "$1" "$2"',
  remove: 'remote update-ref -d "$1"',
};

export async function gitRemote(): Promise<GitRemote> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-forge-'));
  const path = join(folder, 'remote.git');
  const work = join(folder, 'work');
  const run = async (cwd: string, [program, ...args]: readonly [string, ...(readonly string[])]) =>
    (await execa(program, args, { cwd, env: ENVIRONMENT })).stdout;
  const git = (...args: readonly string[]) => run(work, ['git', ...args]);
  const script = (name: keyof typeof scripts, ...args: readonly string[]) =>
    run(work, ['sh', '-ec', `${functions}\n${scripts[name]}`, 'sh', ...args]);
  await makeRepositories({ path, work });
  return {
    folder,
    path,
    git,
    async commit(ref, files, from = ref) {
      const changed = await mkdtemp(join(folder, 'changed-'));
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(changed, name)), { recursive: true });
        await writeFile(join(changed, name), text);
      }
      const sha = await script('commit', ref, `Change ${Object.keys(files).join(', ')}`, from, changed);
      await rm(changed, { recursive: true });
      return sha;
    },
    async merge(branch, ref) {
      const head = await script('checkOut', ref);
      await script('checkOut', branch);
      return script('merge', branch, ref, head);
    },
    async tag(name, ref) {
      await script('checkOut', ref);
      return script('tag', name);
    },
    async move(ref, sha) {
      await script('move', ref, sha);
    },
    async remove(ref) {
      await script('remove', ref);
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Does what `git init` does for the bare repository and its clone, which share their objects. */
async function makeRepositories({ path, work }: { path: string; work: string }): Promise<void> {
  const own = join(work, '.git');
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'hooks'])
    await mkdir(join(path, name), { recursive: true });
  await mkdir(join(own, 'refs/heads'), { recursive: true });
  await symlink('../../remote.git/objects', join(own, 'objects'));
  await writeFile(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(path, 'config'), `${SETTINGS}[core]\n\tbare = true\n`);
  await writeFile(join(own, 'HEAD'), 'ref: refs/heads/unborn\n');
  await writeFile(join(own, 'config'), `${SETTINGS}${ORIGIN}`);
}
