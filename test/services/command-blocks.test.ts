import { spawnSync } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { serveDemo, stackName, type ServedDemo } from '../browser/served-demo.ts';
import { asStarted } from '../support/server-process.ts';
import { runBlocks, writePrograms } from '../support/run-blocks.ts';

const canBuild =
  spawnSync('cc', ['--version']).status === 0 &&
  spawnSync('make', ['--version']).status === 0 &&
  (await namespacesAvailable());
if (!canBuild) process.stderr.write('skipped: the commands of the guides need cc, make and user namespaces\n');

/** The tests run in this order on one server. */
describe.skipIf(!canBuild)('the commands that a page shows work on a server, in their order', () => {
  let demo: ServedDemo;
  let programs: string;
  const slipway = async (...words: readonly string[]) =>
    execa(join(programs, 'slipway'), [...words], { cwd: demo.folder, env: { SLIPWAY_DATA: 'data' } });

  beforeAll(async () => {
    demo = await serveDemo({ ownKey: true });
    programs = await writePrograms(join(demo.folder, 'bin'));
    await demo.start();
    await demo.bringStack();
    await demo.repository.commitAndPush('main', 'Bring the stack');
  });
  afterAll(() => demo?.close());

  const lab = (values: Readonly<Record<string, string>>) => ({
    folder: demo.folder,
    programs,
    values,
    env: { ...asStarted, SLIPWAY_DATA: join(demo.folder, 'data') },
  });

  test('start pipelines', async () => {
    const { stdout: token } = await slipway(
      'token',
      'create',
      '--name',
      'ci',
      '--scope',
      'approve',
      '--stack',
      stackName,
    );
    const values = {
      'SLIPWAY_TOKEN=…': `SLIPWAY_TOKEN=${token.trim()}`,
      'https://slipway.example.org': demo.url,
      'lab-stack': stackName,
    };
    expect(await runBlocks('docs/guides/start-pipelines.md', lab(values))).toHaveLength(2);
    await writeFile(join(demo.folder, 'token'), token.trim());
  });

  test('quotas', async () => {
    const token = join(demo.folder, 'token');
    const options = lab({ '--stack lab': `--token-file ${token} --url ${demo.url} --stack ${stackName}` });
    await runBlocks('docs/operations/quotas.md', options);
    await slipway('quota', 'unblock', '--stack', stackName, '--url', demo.url, '--token-file', token);
  });

  test('access', async () => {
    await runBlocks('docs/operations/access.md', lab({ 'lab-stack': stackName, 'revoke 4': 'revoke --yes 2' }));
  });

  test('audit', async () => {
    const { stdout } = await slipway('audit', '--verify');
    const [head = ''] = /[0-9a-f]{64}/.exec(stdout) ?? [];
    await runBlocks('docs/operations/audit.md', lab({ '4be1…': head }));
  });

  test('signing', async () => {
    const log = join(demo.folder, `data/notary/logs/${stackName}.jsonl`);
    const { stdout: checked } = await slipway('notary', 'log', log, '--json');
    const [head = ''] = /[0-9a-f]{64}/.exec(checked) ?? [];
    const { stdout: keys } = await slipway('key', 'list');
    const [fingerprint = ''] = /[0-9A-F]{40}/.exec(keys) ?? [];
    const values = {
      'slipway-data/notary/logs/lab-stack.jsonl': log,
      '5f2c…': head,
      'revoke 3F0A…': `revoke --yes ${fingerprint}`,
    };
    await runBlocks('docs/operations/signing.md', lab(values));
  });

  test('the README, with a server of its own', async () => {
    await demo.kill();
    await cp(join(packageRoot(), 'examples'), join(demo.folder, 'examples'), { recursive: true });
    const { stdout: keys } = await slipway('key', 'export');
    await writeFile(join(demo.folder, 'keys.asc'), keys);
    await runBlocks('README.md', lab({ MIRROR: `data/mirrors/${stackName}`, 'KEYS.asc': 'keys.asc' }));
  });
});
