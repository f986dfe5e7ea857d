import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import { applyChange, serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const program = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));
const guide = readFileSync(new URL('../../docs/guides/spack.md', import.meta.url), 'utf8');
const shared = { ...smallStack, 'slipway.yaml': `${smallStack['slipway.yaml']}lock: { jobs: 2 }\n` };

const canRun = await namespacesAvailable();
if (!canRun) process.stderr.write('skipped: where no namespaces are to be had, the store’s place is the job’s own\n');

describe.skipIf(!canRun)('a lock that several jobs make', () => {
  let served: ServedStack;
  beforeAll(async () => {
    served = await serveStack();
  });
  afterAll(() => served.close());

  /** Pushes to main. Returns the pipeline's locks, and the logs of its jobs by name. */
  async function pushed(change: Parameters<ServedStack['push']>[1]) {
    const sha = await served.push('main', change);
    expect((await served.finalStatus(sha)).state).toBe('success');
    const { pipelines } = served.server.coordinator.context;
    const [record] = pipelines.list({ stack: stackName }).filter(({ head }) => head === sha);
    const runs = pipelines.runs(record?.id ?? '').filter(({ name }) => name !== 'build');
    const log = (id: string) => readFileSync(join(served.server.folder.job(id), 'trace.log'), 'utf8');
    return { locks: pipelines.locks(record?.id ?? ''), logs: new Map(runs.map(({ name, id }) => [name, log(id)])) };
  }

  test('is the lock that one job makes, recorded of the generate job; a tested one ends all jobs at once', async () => {
    const alone = await pushed(smallStack);
    const { locks, logs } = await pushed(shared);
    expect([...logs.keys()]).toEqual(['lock 1/2', 'lock 2/2', 'generate']);
    expect(logs.get('lock 2/2')).toContain('Part 2 of 2 is in jobs_scratch_dir/lock_parts/2-of-2.json: 1 root.');
    expect(logs.get('generate')).toContain('Joined the lock of 2 parts, which have 2 roots.');
    expect(locks.map(({ job }) => job)).toEqual(['generate']);
    expect(locks[0]?.inputs).toBe(alone.locks[0]?.inputs);

    const again = await pushed({});
    const taken = /tested a lock for the same tree, and nothing else that decides one has changed: takes it\./;
    for (const name of ['lock 1/2', 'lock 2/2', 'generate']) expect(again.logs.get(name)).toMatch(taken);
    expect(again.logs.get('lock 1/2')).toContain('no root, since a tested lock has them all');
    expect(again.logs.get('generate')).not.toContain('Joined');
    expect(again.locks[0]?.digest).toBe(locks[0]?.digest);
  });
});

describe('`slipway run`', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-lock-parts-'));
    execFileSync('git', ['init', '--quiet', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(files: Parameters<typeof applyChange>[1]): Promise<string> {
    await applyChange(folder, { ...smallStack, ...files });
    const env = { PATH: process.env.PATH, TMPDIR: folder, SLIPWAY_CACHE: join(folder, '.cache') };
    const words = [program, 'run', '--job', 'generate', '--needs'];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  }

  test('joins the parts in the pipeline that the guide shows', async () => {
    const [, pipeline = ''] = /```yaml\n(# \.gitlab-ci\.yml\n[^`]*slipway lock[^`]*)```/.exec(guide) ?? [];
    const output = await run({ '.gitlab-ci.yml': pipeline });
    expect(output).toMatch(/generate +\| Joined the lock of 4 parts, which have 2 roots\./);
  });

  test('joins the parts in the built-in pipeline of a stack whose `slipway.yaml` asks for it', async () => {
    const output = await run({ '.gitlab-ci.yml': undefined, 'slipway.yaml': 'lock: { jobs: 3 }\n' });
    expect(output).toMatch(/generate +\| Joined the lock of 3 parts, which have 2 roots\./);
  });
});
