import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import type { RunOptions } from './run-options.ts';
import { localFacts, localSubject } from './local-facts.ts';
import { localIncludes } from './local-includes.ts';
import { readWorkingCopy } from './working-copy.ts';

const url = 'https://ci.example.org/a.yml';
const remote = { kind: 'remote', url } as const;

/** Runs in one folder, with one cache, on a network that has these texts. */
async function runs(web: Record<string, string>) {
  const [folder, cache] = [await temporaryFolder(), await temporaryFolder()];
  const env = { XDG_CACHE_HOME: cache };
  const requests: string[] = [];
  const questions: string[] = [];
  const copy = { ...(await readWorkingCopy(folder)), remote: 'git@gitlab.example.org:group/app.git' };
  const open = (options: RunOptions = {}, answer?: boolean) =>
    localIncludes({
      request: {
        folder,
        env,
        options,
        ...(answer !== undefined && {
          confirm: async (question: string) => {
            questions.push(question);
            return answer;
          },
        }),
      },
      subject: localSubject(copy),
      facts: localFacts(copy, { version: '0', env, secrets: {}, configPath: '.gitlab-ci.yml' }),
      remote: copy.remote,
      transport: async ({ url: { href } }) => {
        requests.push(href);
        const text = web[href];
        return { status: text === undefined ? 404 : 200, headers: new Headers(), body: Buffer.from(text ?? '') };
      },
    });
  return { folder, requests, questions, open, lock: () => readFile(join(folder, 'slipway-includes.lock'), 'utf8') };
}

describe('a text from elsewhere in slipway run', () => {
  test('is neither requested nor included without consent', async () => {
    const { open, requests } = await runs({ [url]: 'a: 1' });
    const read = await open();
    expect(await read(remote)).toMatchObject({ remedy: expect.stringContaining('--accept-includes') });
    expect(await (await open({}, false))(remote)).toHaveProperty('reason');
    expect(requests).toEqual([]);
  });

  test('is asked for once, and written to the lock file', async () => {
    const { open, questions, lock, requests } = await runs({ [url]: 'a: 1' });
    const read = await open({}, true);
    await Promise.all([read(remote), read(remote)]);
    expect(await (await open({}, true))(remote)).toMatchObject({ text: 'a: 1' });
    expect(questions).toEqual([`Include remote ${url} from outside of the repository?`]);
    expect(requests).toHaveLength(1);
    expect(JSON.parse(await lock())).toEqual({
      version: 1,
      includes: [
        {
          kind: 'remote',
          source: url,
          resolved: url,
          sha256: '16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824',
        },
      ],
    });
  });

  test('with another digest than in the lock file is refused', async () => {
    const { folder, open } = await runs({ [url]: 'a: 1' });
    const includes = [{ kind: 'remote', source: url, resolved: url, sha256: '0'.repeat(64) }];
    await writeFile(join(folder, 'slipway-includes.lock'), JSON.stringify({ version: 1, includes }));
    expect(await (await open())(remote)).toMatchObject({ reason: expect.stringContaining('differs from the one') });
  });

  test('of a project is read from the server of origin', async () => {
    const api = 'https://gitlab.example.org/api/v4/projects/group%2Fci/repository';
    const sha = 'c'.repeat(40);
    const { open } = await runs({
      [`${api}/commits/HEAD`]: JSON.stringify({ id: sha }),
      [`${api}/files/a.yml/raw?ref=${sha}`]: 'a: 1',
    });
    const read = await open({ acceptIncludes: true });
    expect(await read({ kind: 'project', project: 'group/ci', path: 'a.yml' })).toMatchObject({ text: 'a: 1' });
  });

  test('that is a built-in template needs no consent', async () => {
    const { open } = await runs({});
    const read = await open();
    expect(await read({ kind: 'template', name: 'Workflows/Branch-Pipelines.gitlab-ci.yml' })).toHaveProperty('text');
  });

  test('a damaged lock file is reported', async () => {
    const { folder, open } = await runs({});
    await writeFile(join(folder, 'slipway-includes.lock'), '{');
    await expect(open()).rejects.toMatchObject({ code: 'CLI_RUN_INCLUDES_LOCK' });
  });
});
