import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { SecretSearch, Secret } from '../../src/kit/index.ts';
import { expectGoodManners, oneJob, oneRecipe, openWith } from '../support/forge-lab.ts';
import { githubLab } from '../support/github-lab.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The files of a folder in which a text stands, plain or encoded. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const search = new SecretSearch([['text', new Secret(text)]]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const bytes = await Promise.all(paths.map((path) => readFile(path)));
  return paths.filter((_path, at) => search.find(bytes[at] ?? '') !== undefined);
}

test('a stack with a GitHub App goes from a pull request to an image, over the end of its tokens', async () => {
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  let passed = 0;
  const clock = { now: () => Date.now() + passed };
  const lab = await githubLab({ withApp: true, log, clock });
  const { githubApp, api } = lab.site;
  githubApp.clock = clock;

  const looking = await openWith(lab, 'look', oneJob('env; git config --list'));
  expect(await lab.verdict(looking.head)).toBe('success: The only job succeeded');
  expect(lab.site.deliveries.at(-1)?.answers).toEqual([202]);
  expect(githubApp.issued).toHaveLength(1);

  passed += HOUR_MS;
  const { head, number } = await openWith(lab, 'bring', oneRecipe);
  expect(await lab.verdict(head)).toBe('success: All 2 jobs succeeded');
  expect(githubApp.issued).toHaveLength(2);
  // The server takes its token for valid, until GitHub rejects it.
  const tokens = githubApp.issued.map(({ token }) => token);
  githubApp.revokeTokens();
  passed += MINUTE_MS;

  const merge = await lab.site.mergePull(number);
  await lab.site.tag('rev-7');
  expect(await lab.verdict(merge, 'slipway/image')).toMatch(/^success: .*lab\/stack:7 sha256:/);
  expect(api.requests.filter(({ status }) => status === 401)).not.toEqual([]);
  expect(githubApp.issued).toHaveLength(1);
  tokens.push(...githubApp.issued.map(({ token }) => token));
  expectGoodManners(lab);

  await lab.server.stop();
  expect(await filesWith(lab.folder, 'CI_PIPELINE_ID=')).not.toEqual([]);
  for (const secret of [githubApp.pem, ...tokens]) {
    expect(await filesWith(lab.folder, secret)).toEqual([]);
    expect(logged.filter((line) => line.includes(JSON.stringify(secret).slice(1, -1)))).toEqual([]);
  }
  expect(logged.join('')).toContain('webhook received');
  expect(logged.join('')).not.toContain('PRIVATE KEY');
});
