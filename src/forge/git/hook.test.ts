import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitRemote } from '../../../test/support/git-remote.ts';
import type { GitRemote } from '../../../test/support/git-remote.ts';
import { installHook, removeHook } from './hook.ts';

describe('the hook that wakes the server', () => {
  let remote: GitRemote;
  let hook: string;
  beforeEach(async () => {
    remote = await gitRemote();
    hook = join(remote.path, 'hooks', 'post-receive');
  });
  afterEach(() => remote.dispose());

  test('a push runs the command, with its words as they were given', async () => {
    const woken = join(remote.folder, "it's woken");
    await mkdir(woken);
    await installHook({
      remote: remote.path,
      command: ['sh', '-c', 'echo "$1" > "$2/done"', 'sh', 'a $HOME b', woken],
    });
    const seen = new Promise((resolve) => watch(woken, resolve).unref());
    await remote.commit('refs/heads/main', { a: '1' });
    await seen;
    await expect.poll(() => readFile(join(woken, 'done'), 'utf8'), { timeout: 120_000 }).toBe('a $HOME b\n');
  });

  test('a command that fails does not fail the push', async () => {
    await installHook({ remote: remote.path, command: ['/nonexistent/slipway'] });
    await expect(remote.commit('refs/heads/main', { a: '1' })).resolves.toMatch(/^[0-9a-f]{40}$/);
  });

  test('installing again changes nothing, and another command replaces ours', async () => {
    expect(await installHook({ remote: remote.path, command: ['a'] })).toEqual({ path: hook, outcome: 'installed' });
    expect((await installHook({ remote: remote.path, command: ['a'] })).outcome).toBe('unchanged');
    expect((await installHook({ remote: remote.path, command: ['b'] })).outcome).toBe('updated');
    expect((await removeHook({ remote: remote.path })).outcome).toBe('removed');
    expect((await removeHook({ remote: remote.path })).outcome).toBe('absent');
  });

  test('a foreign hook is refused and left as it is', async () => {
    await mkdir(join(remote.path, 'hooks'), { recursive: true });
    await writeFile(hook, '#!/bin/sh\n');
    await expect(installHook({ remote: remote.path, command: ['a'] })).rejects.toMatchObject({
      code: 'FORGE_HOOK_FOREIGN',
    });
    await expect(removeHook({ remote: remote.path })).rejects.toMatchObject({ code: 'FORGE_HOOK_FOREIGN' });
    expect(await readFile(hook, 'utf8')).toBe('#!/bin/sh\n');
  });

  test('a foreign hook that is kept still sees the push, as the command does, and comes back when ours is removed', async () => {
    const seen = join(remote.folder, 'seen');
    const foreign = `#!/bin/sh\ncat > '${seen}'\nexit 1\n`;
    await mkdir(join(remote.path, 'hooks'), { recursive: true });
    await writeFile(hook, foreign);
    await chmod(hook, 0o755);
    const told = join(remote.folder, 'told');
    await installHook({ remote: remote.path, command: ['sh', '-c', 'cat > "$1"', 'sh', told], force: true });
    const sha = await remote.commit('refs/heads/main', { a: '1' });
    expect(await readFile(seen, 'utf8')).toContain(`${sha} refs/heads/main`);
    await expect.poll(() => readFile(told, 'utf8').catch(() => '')).toContain(`${sha} refs/heads/main`);
    await removeHook({ remote: remote.path });
    expect(await readFile(hook, 'utf8')).toBe(foreign);
  });

  test('a repository with a work tree and its own hooks folder gets the hook there', async () => {
    const work = join(remote.folder, 'work');
    await remote.git('config', 'core.hooksPath', join(work, '.githooks'));
    const { path } = await installHook({ remote: work, command: ['a'] });
    expect(path).toBe(join(work, '.githooks', 'post-receive'));
  });

  test('a URL is no place for a hook', async () => {
    const error = installHook({ remote: 'https://example.org/stack.git', command: ['a'] });
    await expect(error).rejects.toMatchObject({ code: 'FORGE_HOOK_NOT_LOCAL' });
  });
});
