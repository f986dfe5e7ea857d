import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const sandbox = (await sandboxAvailable()) ? 'always' : 'never';
const TOKEN = 'trigger-token-of-the-stack';

let stack: ServedStack;
let folder: string;

beforeAll(async () => {
  stack = await serveStack({
    stack: {
      triggerToken: { env: 'TRIGGER' },
      secrets: [{ name: 'LAB_PASSWORD', from: { env: 'PASSWORD' }, scope: 'trusted' }],
    },
    env: { TRIGGER: TOKEN, PASSWORD: 'hunter2-hunter2' },
  });
  await stack.finalStatus(await stack.push('main', smallStack));
  await brokenRequest();
});
afterAll(() => stack.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-reproduce-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function reproduce(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const collected = collectedTerminal();
  const { signal } = new AbortController();
  const context = {
    env: { PATH: process.env['PATH'], SLIPWAY_URL: stack.server.url, TMPDIR: folder, ...env },
    cwd: folder,
    terminal: collected.terminal,
    signal,
  };
  const exitCode = await main(['reproduce', '--sandbox', sandbox, ...words], context);
  return { exitCode, stdout: collected.stdout(), stderr: collected.stderr() };
}

/** A pull request in which `leaf` is built again and `tool`, which needs it, fails. */
async function brokenRequest(): Promise<void> {
  const leaf = smallStack['recipes/leaf.yaml'].replace('install: |\n', 'install: |\n  echo again\n');
  const tool = smallStack['recipes/tool.yaml'].replace(
    'install: |\n',
    'install: |\n  ls "$DEP_LEAF"\n  echo no luck\n  exit 7\n',
  );
  await stack.finalStatus(await stack.push('broken', { 'recipes/leaf.yaml': leaf, 'recipes/tool.yaml': tool }));
}

describe('slipway reproduce', () => {
  test('fails here as the job of a pull request failed, out of its own commit, lock and mirrors', async () => {
    const { exitCode, stdout, stderr } = await reproduce(['tool'], { SLIPWAY_TOKEN: TOKEN });
    expect(stderr).toMatch(
      /error: Job `tool@1\.0 \/\w{7}` fails here as it did on the server: exit status 1 \(.*install/,
    );
    expect(stdout).toContain('no luck');
    expect(exitCode).toBe(1);
    const [made = ''] = readdirSync(folder).filter((name) => name.startsWith('reproduce-'));
    const bundle = readFileSync(join(folder, made, 'reproduction.json'), 'utf8');
    expect(bundle).not.toContain('hunter2');
    expect(JSON.parse(bundle)).toMatchObject({ withheld: ['LAB_PASSWORD'], source: { merge: {} } });
    expect(readFileSync(join(folder, made, 'log.txt'), 'utf8')).toContain('no luck');
    expect(existsSync(join(folder, made, 'project/recipes/tool.yaml'))).toBe(true);

    const again = await reproduce([made, '--json']);
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({
      outcome: 'reproduced',
      here: { exitCode: 1 },
      there: { exitCode: 1, failure: expect.stringContaining('Package `tool`') as string },
    });
  });

  test('fails otherwise where it has not what the job had, and says how', async () => {
    const { exitCode, stderr } = await reproduce(['tool', '--into', 'here']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/fails differently here: exit status 1 \(.*leaf.*is on none of the mirrors/);
    writeFileSync(join(folder, 'here/project/mine.txt'), 'mine');
    const again = await reproduce(['tool', '--into', 'here']);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toMatch(/fails differently here/);
    expect(existsSync(join(folder, 'here/project/mine.txt'))).toBe(true);
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other/mine.txt'), 'mine');
    expect((await reproduce(['tool', '--into', 'other'])).stderr).toContain('REPRODUCE_FOLDER_IN_USE');
  });

  test('succeeds here where the job failed for want of something that is here', async () => {
    await stack.finalStatus(
      await stack.push('want', {
        '.gitlab-ci.yml':
          'check:\n  script:\n    - echo "lab $LAB_PASSWORD"\n    - test -n "$WANTED" || exit 9\n  after_script: [echo done]\n',
      }),
    );
    const without = await reproduce(['check', '--into', 'without']);
    expect([without.exitCode, without.stdout]).toEqual([9, expect.stringContaining('done')]);
    const withIt = await reproduce(['check', '--into', 'with', '--variable', 'WANTED=1']);
    expect(withIt.exitCode).toBe(0);
    expect(withIt.stderr).toContain('Job `check` succeeds here; there it failed with exit status 9');
  });

  test('says so where there is no such job', async () => {
    expect((await reproduce(['nothing'])).stderr).toContain('CLIENT_JOB_MISSING');
    expect((await reproduce(['4711'])).exitCode).not.toBe(0);
    expect((await reproduce(['.'])).stderr).toContain('REPRODUCE_BUNDLE_INVALID');
  });

  test('fails here as it failed out of the artifacts of a build job alone, beside a clone', async () => {
    const other = smallStack['recipes/other.yaml'].replace('install: |\n', 'install: |\n  echo no luck\n  exit 7\n');
    const sha = await stack.push('main', { 'recipes/other.yaml': other });
    await stack.finalStatus(sha);
    const { pipelines } = stack.server.coordinator.context;
    const family = pipelines.list({}).flatMap(({ id }) => pipelines.children(id));
    const runs = family.flatMap(({ id, head }) => (head === sha ? pipelines.runs(id) : []));
    const job = runs.find(({ name }) => name.startsWith('other@'));
    const response = await fetch(`${stack.server.url}/api/v1/jobs/${job?.id}/artifacts`);
    writeFileSync(join(folder, 'artifacts.zip'), Buffer.from(await response.arrayBuffer()));
    const words = ['artifacts.zip', '--repository', stack.repository.work, '--json'];
    const { stdout, exitCode } = await reproduce(words);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'reproduced',
      there: { failure: expect.stringContaining('Package `other`') as string },
    });
  });
});
