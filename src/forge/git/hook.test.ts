import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitRemote, type GitRemote } from '../../../test/support/git-remote.ts';
import { installHook, removeHook, type InstallHookOptions } from './hook.ts';

const NOWHERE = { url: 'http://127.0.0.1:9', stack: 'lab' };

describe('the hook that wakes the server', () => {
  let remote: GitRemote;
  let hook: string;
  beforeEach(async () => {
    remote = await gitRemote();
    hook = join(remote.path, 'hooks', 'post-receive');
  });
  afterEach(() => remote.dispose());

  const installed = (more: Partial<InstallHookOptions> = {}) =>
    installHook({ remote: remote.path, server: NOWHERE, fallback: ['/nonexistent/slipway'], ...more });

  test('a server that does not answer does not fail the push', async () => {
    await installed();
    await expect(remote.commit('refs/heads/main', { a: '1' })).resolves.toMatch(/^[0-9a-f]{40}$/);
  });

  test('a hook of an older version, which started Node, is replaced', async () => {
    await mkdir(join(remote.path, 'hooks'), { recursive: true });
    await writeFile(
      hook,
      "#!/bin/sh\n# slipway post-receive hook: wakes the server\n'node' 'slipway' 'hook' 'notify'\n",
    );
    expect((await installed()).outcome).toBe('updated');
    expect(await readFile(hook, 'utf8')).toContain('curl');
  });

  test('installing again changes nothing, and another server replaces ours', async () => {
    expect(await installed()).toEqual({ path: hook, outcome: 'installed' });
    expect((await installed()).outcome).toBe('unchanged');
    expect((await installed({ server: { ...NOWHERE, stack: 'other' } })).outcome).toBe('updated');
    expect((await removeHook({ remote: remote.path })).outcome).toBe('removed');
    expect((await removeHook({ remote: remote.path })).outcome).toBe('absent');
  });

  test('a foreign hook is refused and left as it is', async () => {
    await mkdir(join(remote.path, 'hooks'), { recursive: true });
    await writeFile(hook, '#!/bin/sh\n');
    await expect(installed()).rejects.toMatchObject({ code: 'FORGE_HOOK_FOREIGN' });
    await expect(removeHook({ remote: remote.path })).rejects.toMatchObject({ code: 'FORGE_HOOK_FOREIGN' });
    expect(await readFile(hook, 'utf8')).toBe('#!/bin/sh\n');
  });

  test('a foreign hook that is kept still sees the push, and comes back when ours is removed', async () => {
    const seen = join(remote.folder, 'seen');
    const foreign = `#!/bin/sh\ncat > '${seen}'\nexit 1\n`;
    await mkdir(join(remote.path, 'hooks'), { recursive: true });
    await writeFile(hook, foreign);
    await chmod(hook, 0o755);
    await installed({ force: true });
    const sha = await remote.commit('refs/heads/main', { a: '1' });
    expect(await readFile(seen, 'utf8')).toContain(`${sha} refs/heads/main`);
    await removeHook({ remote: remote.path });
    expect(await readFile(hook, 'utf8')).toBe(foreign);
  });

  test('a repository with a work tree and its own hooks folder gets the hook there', async () => {
    const work = join(remote.folder, 'work');
    await remote.git('config', 'core.hooksPath', join(work, '.githooks'));
    const { path } = await installed({ remote: work });
    expect(path).toBe(join(work, '.githooks', 'post-receive'));
  });

  test('a URL is no place for a hook', async () => {
    await expect(installed({ remote: 'https://example.org/stack.git' })).rejects.toMatchObject({
      code: 'FORGE_HOOK_NOT_LOCAL',
    });
  });
});
