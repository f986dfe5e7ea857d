import { expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import type { RequestDetail } from '../../src/protocol/index.ts';
import { expectGoodManners } from '../support/forge-lab.ts';
import { openEarlyAddress } from '../support/early-address.ts';
import { githubLab } from '../support/github-lab.ts';
import { serveRegistry } from '../support/served-registry.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: pull requests from forks need a sandbox\n');

const recipe = (name: string, text: string) =>
  `name: ${name}\nversion: "1.0"\ninstall: mkdir -p "$PREFIX" && echo ${text} > "$PREFIX/${name}"\n`;

test.skipIf(!canRun)('a change from a fork becomes an image, and everyone can read how far it is', async () => {
  const registry = await serveRegistry();
  // Nothing answers at the registry's address until the gateway leads to it.
  const gateway = await openEarlyAddress();
  const repository = `${new URL(gateway.url).host}/lab/stack`;
  const images = [{ repository, base: 'scratch', rules: [{ ref: '^rev-(.+)$', tag: '$1' }] }];
  const accounts = [{ actor: 'grace', token: { env: 'TOKEN_OF_GRACE' } }];
  const lab = await githubLab({
    withApp: true,
    stack: { triggerTokens: accounts },
    env: { TOKEN_OF_GRACE: 'token-of-grace' },
  });
  const { site } = lab;
  site.api.roles.set('grace', 'maintain').set('remy', 'triage').set('newcomer', 'read');
  const main = await site.push('main', {
    'spack.yaml': 'spack: { specs: [gauge] }\n',
    'recipes/gauge.yaml': recipe('gauge', 'one'),
    'slipway.yaml': JSON.stringify({ images }),
  });
  expect(await lab.verdict(main)).toMatch(/^success: /);

  const page = async (path: string, body?: object) => {
    const headers = { authorization: 'Bearer token-of-grace', 'content-type': 'application/json' };
    const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${lab.server.url}/api/v1/stacks/stack/${path}`, request);
    return { status: answer.status, body: await answer.json() };
  };

  // The author opens it from a fork.
  const first = await site.push(
    'newcomer',
    { 'spack.yaml': 'spack: { specs: [gauge, tide] }\n', 'recipes/tide.yaml': recipe('tide', 'low') },
    'main',
  );
  const { number } = await site.openPull({ branch: 'newcomer', isFork: true, author: 'newcomer' });
  const comment = () => {
    const written = site.api.comments.filter(({ author }) => author === 'us');
    expect(written.length).toBeLessThan(2);
    return written[0]?.body ?? '';
  };
  const read = (text: RegExp) => lab.until(() => text.test(comment()));
  await lab.until(() => site.checks(first)[0]?.conclusion === 'action_required');
  const [held] = site.checks(first);
  expect(held?.title).toMatch(/^Held, from a fork/);
  expect(held?.details_url).toBe(`${lab.server.url}/stacks/stack/requests/${number}`);
  expect(held?.actions).toEqual(['approve']);
  await read(/^.*\n### `stack`: held\n/s);
  expect(lab.pipelinesOf(first)).toEqual([]);

  // Neither the author nor a reviewer without the right can let it run.
  await site.say(number, 'newcomer', '/slipway run');
  await read(/`\/slipway run` by `newcomer` .*refused/);
  await site.say(number, 'remy', `/slipway approve ${first}`);
  await read(/`\/slipway approve [0-9a-f]{40}` by `remy` .*refused/);
  expect(lab.pipelinesOf(first)).toEqual([]);

  // The maintainer reads what would run, and approves that.
  const shown = (await page(`requests/${number}`)).body as RequestDetail;
  expect(shown).toMatchObject({ author: 'newcomer', headSha: first, trust: 'untrusted' });
  expect(shown.status).toMatchObject({ outcome: 'held' });
  expect(shown.plan?.jobs.map(({ name }) => name)).toContain('generate');
  expect(shown.plan?.paths.map(({ path }) => path)).toEqual(['recipes/tide.yaml', 'spack.yaml']);
  expect((await page(`requests/${number}/approve`, { sha: first })).status).toBe(201);
  expect(await lab.verdict(first)).toBe('success: All 2 jobs succeeded');
  expect(lab.said(first).filter((line) => line.startsWith('pending: '))).not.toEqual([]);
  expect(site.checks(first).at(-1)).toMatchObject({ status: 'completed', conclusion: 'success' });
  expect(site.checks(first).at(-1)?.summary).toContain('1 of 2 packages built, 1 reused');
  await read(/### `stack`: succeeded\n[^]*1 of 2 packages built, 1 reused/);
  expect(((await page(`requests/${number}`)).body as RequestDetail).approval).toMatchObject({
    sha: first,
    by: 'grace',
  });

  // The author pushes again: what was approved was another commit.
  const second = await site.push('newcomer', { 'recipes/tide.yaml': recipe('tide', 'high') });
  await lab.until(() => site.checks(second)[0]?.conclusion === 'action_required');
  await read(new RegExp(`: held\\n[^]*${second.slice(0, 7)}[^]*<details>[^]*${first.slice(0, 7)}[^]*succeeded`));
  const late = await page(`requests/${number}/approve`, { sha: first });
  expect(late).toMatchObject({ status: 409, body: { code: 'REQUEST_MOVED' } });
  await site.say(number, 'grace', `/slipway approve ${first}`);
  await read(/`\/slipway approve [0-9a-f]{40}` by `grace` .*refused/);
  expect(lab.pipelinesOf(second)).toEqual([]);
  await site.say(number, 'grace', `/slipway approve ${second}`);
  expect(await lab.verdict(second)).toBe('success: All 2 jobs succeeded');

  // The merge queue tests the merge, which becomes the branch.
  const group = await site.queue.add(number);
  expect(await lab.verdict(group)).toBe('success: All 2 jobs succeeded');
  await site.queue.advance();
  expect(await site.api.tip('heads/main')).toBe(group);
  await lab.until(() =>
    lab.pipelinesOf(group).some(({ trust, status }) => trust === 'protected' && status === 'success'),
  );
  await read(/### `stack`: merged\n/);

  // It is tagged while the registry is down, and published once that is back.
  site.as = 'grace';
  await site.tag('rev-1');
  const missing = /^pending: Attempt \d+ failed, next at .*: Registry \S+ does not answer/;
  await lab.until(() => missing.test(lab.said(group, 'slipway/image').at(-1) ?? ''));
  gateway.leadTo(`http://${registry.host}`);
  const published = await lab.verdict(group, 'slipway/image');
  expect(published).toMatch(/^success: .*lab\/stack:1 sha256:[0-9a-f]+/);
  expectGoodManners(lab);
  await gateway.close();
});
