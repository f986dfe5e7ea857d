import { expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const GIB = 2 ** 30;
const runner = { ...embedded, capacity: { memory: 10 * GIB, cores: 10 } };

/** A pipeline whose jobs need so many gibibytes each, in the order in which they are offered. */
async function openPipeline(needs: Readonly<Record<string, string>>): Promise<Lab> {
  const lab = await openLab();
  const jobs = Object.entries(needs).map(
    ([name, memory]) => `${name}: { script: make, variables: { KUBERNETES_MEMORY_REQUEST: ${memory}Gi } }\n`,
  );
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': jobs.join('') }).event);
  return lab;
}

const nameOf = (job: AssignedJob | undefined) => job?.run.name;

test('a job starts only when what it needs is free, and smaller ones go first meanwhile', async () => {
  const lab = await openPipeline({ one: '6', large: '8', small: '4', other: '4' });
  const one = (await lab.take(runner))!;
  expect([nameOf(one), nameOf(await lab.take(runner)), nameOf(await lab.take(runner))]).toEqual([
    'one',
    'small',
    undefined,
  ]);
  await lab.finish(one);
  expect(nameOf(await lab.take(runner))).toBe('other');
});

test('one job always runs, however much it needs', async () => {
  const lab = await openPipeline({ huge: '100', small: '1' });
  const huge = (await lab.take(runner))!;
  expect(nameOf(huge)).toBe('huge');
  expect(await lab.take(runner)).toBeUndefined();
  await lab.finish(huge);
  expect(nameOf(await lab.take(runner))).toBe('small');
});

test('what becomes free is kept for a job that has waited for long', async () => {
  const lab = await openPipeline({ one: '6', large: '8', small: '4', other: '4' });
  const one = (await lab.take(runner))!;
  const small = (await lab.take(runner))!;
  expect([nameOf(one), nameOf(small)]).toEqual(['one', 'small']);
  expect(await lab.take(runner)).toBeUndefined();
  lab.tick(121_000);
  await lab.finish(one);
  expect(await lab.take(runner)).toBeUndefined();
  await lab.finish(small);
  expect(nameOf(await lab.take(runner))).toBe('large');
  expect(await lab.take(runner)).toBeUndefined();
});

test('a job that ran out of memory starts once more, and then needs half as much again', async () => {
  const lab = await openPipeline({ large: '4', small: '1' });
  const usage = [{ phase: 'script', seconds: 9, memory: 6 * GIB, method: 'cgroup', outOfMemory: true }] as const;
  const killed = { state: 'failed', failure_reason: 'script_failure', exit_code: 137, usage } as const;
  const [large, small] = [(await lab.take(runner))!, (await lab.take(runner))!];
  expect([nameOf(large), nameOf(small)]).toEqual(['large', 'small']);
  await lab.finish(large, killed);
  // 6 GiB and a half of it, with the margin, are more than the machine has.
  expect(await lab.take(runner)).toBeUndefined();
  await lab.finish(small);
  const again = (await lab.take(runner))!;
  expect([nameOf(again), again.run.attempt]).toEqual(['large', 2]);
  await lab.finish(again, killed);
  expect(lab.context.pipelines.run(again.run.id)).toMatchObject({ status: 'failed', attempt: 2 });
  expect(await lab.take(runner)).toBeUndefined();
});

test('a runner of which nothing is known takes what there is', async () => {
  const lab = await openPipeline({ one: '6', large: '8' });
  expect([nameOf(await lab.take()), nameOf(await lab.take())]).toEqual(['one', 'large']);
});
