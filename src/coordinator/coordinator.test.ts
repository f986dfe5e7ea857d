import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lock, openLab, tinyStack, type Lab } from '../../test/support/coordinator.ts';
import { gather } from '../../test/support/gather.ts';
import { forgeError } from '../forge/index.ts';
import type { JobUpdate } from '../protocol/index.ts';
import { manifestKey } from '../spack/index.ts';
import { pollStack } from './changes/intake.ts';

const closed = (number: string, merged = false) => ({ type: 'pull-request-closed', number, merged }) as const;

async function openRequest(lab: Lab, files = tinyStack): Promise<string> {
  const { sha } = lab.push('fix', files);
  await lab.happens(lab.forge.request('7', sha));
  return sha;
}

describe('a push to the default branch', () => {
  test('is built, signed and published, and reported at its commit', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event);
    expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
    expect(await lab.workAll()).toEqual(['generate', 'tide', 'gauge']);
    expect(lab.jobs('1')).toEqual(['generate success', 'build success', 'tide success', 'gauge success']);
    expect(lab.status(sha)).toBe('success: All 3 jobs succeeded');
    expect(await lab.signed()).toEqual(['tide', 'gauge']);
    expect(lab.publications()).toEqual(['latest published']);
    expect(lab.forge.kept.get('2')).toBe(sha);
  });

  test('that holds no stack makes no pipeline, and is answered once', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main', { 'README.md': 'hello' }).event);
    expect(lab.context.pipelines.list({})).toEqual([]);
    expect(lab.context.ledger.pendingEvents('lab')).toEqual([]);
  });

  test.each([
    ['.gitlab-ci.yml', 'a: [', '.gitlab-ci.yml:1:'],
    ['slipway.yaml', 'images: 3\n', 'slipway.yaml:1:1: `images`'],
  ])('with a broken %s makes no pipeline, and says where it is broken', async (file, text, place) => {
    const lab = await openLab();
    const { sha, event } = lab.push('main', { ...tinyStack, [file]: text });
    await lab.happens(event);
    expect(lab.context.pipelines.list({})).toEqual([]);
    expect(lab.status(sha)).toContain(`error: ${place}`);
  });

  test('to a branch that is not protected makes no pipeline', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('topic').event);
    expect(lab.context.pipelines.list({})).toEqual([]);
  });
});

describe('a pull request', () => {
  test('is built into its own root of the mirror, and nothing of it is signed or published', async () => {
    const lab = await openLab();
    const sha = await openRequest(lab);
    await lab.workAll();
    expect(lab.status(sha)).toBe('success: All 3 jobs succeeded');
    const root = lab.stack.mirror.root('pr/7');
    expect(await root.head(manifestKey(lock.gauge))).toBeDefined();
    expect(await root.head('v3/layout.json')).toBeDefined();
    expect(await lab.stack.mirror.root('').head(manifestKey(lock.gauge))).toBeUndefined();
    expect([await lab.signed(), lab.publications()]).toEqual([[], []]);
  });

  test('that is pushed to again is canceled, jobs and children too, and the old head says for what', async () => {
    const lab = await openLab();
    const old = await openRequest(lab);
    await lab.work((await lab.take())!);
    const running = (await lab.take())!;
    const canceled: string[] = [];
    lab.coordinator.jobs.onCancel((run) => canceled.push(run));
    const sha = await openRequest(lab, { ...tinyStack, changed: 'yes' });
    expect(canceled).toEqual([running.run.id]);
    expect(lab.jobs('1')).toEqual(['generate success', 'build canceling', 'tide canceling', 'gauge canceled']);
    await lab.finish(running, { state: 'failed' });
    expect(lab.status(old)).toBe(`error: Canceled: superseded by ${sha.slice(0, 8)}`);
    await lab.workAll();
    expect(lab.status(sha)).toBe('success: All 3 jobs succeeded');
  });

  test('that is closed loses its root of the mirror, also what a job pushed in the last moment', async () => {
    const lab = await openLab();
    await openRequest(lab);
    await lab.work((await lab.take())!);
    const tide = (await lab.take())!;
    await lab.build(tide);
    await lab.happens(closed('7'));
    expect(await gather(lab.stack.mirror.whole.list('pr/'))).toEqual([]);
    await lab.stack.mirror.root('pr/7').put('blobs/late', Buffer.from('late'));
    await lab.finish(tide);
    expect(await gather(lab.stack.mirror.whole.list('pr/'))).toEqual([]);
    expect(lab.context.pipelines.record('1')?.status).toBe('canceled');
  });

  test('that conflicts with its base is reported so, and has no pipeline', async () => {
    const lab = await openLab();
    lab.forge.conflict = 'spack.yaml';
    const sha = await openRequest(lab);
    expect(lab.status(sha)).toContain('error: Conflicts with main: spack.yaml');
    expect(lab.context.pipelines.list({})).toEqual([]);
  });

  test('is reported once whatever has not changed', async () => {
    const lab = await openLab();
    await openRequest(lab);
    const before = lab.context.ledger.statuses('lab');
    await lab.happens();
    await lab.reopen();
    expect(lab.context.ledger.statuses('lab')).toEqual(before);
  });
});

describe('a forge that fails for a while', () => {
  const failure = forgeError('FORGE_GIT_FAILED', { command: 'x', folder: '/', reason: 'the disk is full' });
  const files = { ...tinyStack, '.gitlab-ci.yml': 'a: { script: x }\n' };
  const openWithTimers = async () => {
    const lab = await openLab();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    return lab;
  };

  test('delays the start of a pipeline until it answers again', async () => {
    const lab = await openWithTimers();
    vi.spyOn(lab.forge, 'keep').mockRejectedValueOnce(failure).mockRejectedValueOnce(failure);
    const { sha, event } = lab.push('main', files);
    lab.forge.happens(event);
    await pollStack(lab.coordinator, lab.stack);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(lab.jobs('1')).toEqual(['a created']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lab.jobs('1')).toEqual(['a pending']);
    expect(lab.status(sha)).toMatch(/^pending: /);
  });

  test('delays the images of a pipeline that has ended', async () => {
    const lab = await openWithTimers();
    const { sha, event } = lab.push('main', files);
    await lab.happens(event);
    const job = (await lab.take())!;
    vi.spyOn(lab.forge, 'readFile').mockRejectedValueOnce(failure);
    await lab.jobService.update(job.run, { state: 'success' } as JobUpdate);
    await vi.advanceTimersByTimeAsync(4_000);
    expect([lab.publications(), lab.status(sha, 'slipway/image')]).toEqual([[], undefined]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lab.publications()).toHaveLength(1);
  });
});

describe('the child pipeline', () => {
  const afterGenerate = async (
    leave: (lab: Lab, files: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ) => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event);
    const generate = (await lab.take())!;
    const files = leave(lab, lab.generated());
    if (Object.keys(files).length > 0) await lab.leave(generate, files);
    await lab.finish(generate);
    return { lab, sha };
  };

  test.each([
    ['was not left as an artifact', () => ({}), /failed: .*build|has not left/],
    [
      'is no YAML',
      (_lab: Lab, files: object) => ({ ...files, 'jobs_scratch_dir/pipeline.yml': 'a: [' }),
      /pipeline\.yml:1:/,
    ],
  ])('that %s fails the trigger job with the reason', async (_what, leave, reason) => {
    const { lab, sha } = await afterGenerate(leave);
    expect(lab.jobs('1')).toEqual(['generate success', 'build failed']);
    expect(lab.context.pipelines.state('1').jobs.build?.message).toMatch(reason);
    expect(lab.status(sha)).toMatch(/^failure: /);
    expect(lab.publications()).toEqual([]);
  });

  test('whose job fails skips what needs it, fails the parent, and is named at the commit', async () => {
    const { lab, sha } = await afterGenerate((_lab, files) => files);
    await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
    expect(await lab.take()).toBeUndefined();
    expect(lab.jobs('1')).toEqual(['generate success', 'build failed', 'tide failed', 'gauge skipped']);
    expect(lab.status(sha)).toBe('failure: tide failed: exit code 1 (1 skipped)');
  });

  test('gives its jobs the archive of the generate job', async () => {
    const { lab } = await afterGenerate((_lab, files) => files);
    const tide = await lab.take();
    expect(tide?.dependencies.map(({ run }) => run.name)).toEqual(['generate']);
  });
});
