import { describe, expect, test } from 'vitest';
import { summarizePipeline } from './pull-request-summary.ts';

const job = (name: string, status: string, allowFailure = false) => ({ name, status, allowFailure });

test('a running pipeline says how far it is', () => {
  const summary = summarizePipeline('running', [job('a', 'success'), job('b', 'running'), job('c', 'created')]);
  expect(summary).toEqual({ state: 'pending', description: '1 of 3 jobs done' });
});

test('a failed pipeline names the first failing job and counts what it kept from running', () => {
  const summary = summarizePipeline('failed', [
    job('libtide@1.2 /abcdefg', 'failed'),
    job('b', 'skipped'),
    job('c', 'failed'),
  ]);
  expect(summary).toEqual({ state: 'failure', description: 'libtide@1.2 failed (1 more failed, 1 skipped)' });
});

test('a job that may fail is not named as the culprit', () => {
  const summary = summarizePipeline('running', [job('lint', 'failed', true), job('b', 'running')]);
  expect(summary).toEqual({ state: 'pending', description: '1 of 2 jobs done' });
});

test('a canceled pipeline says why', () => {
  expect(summarizePipeline('canceled', [], 'superseded by pipeline 4').description).toBe(
    'Canceled: superseded by pipeline 4',
  );
});

test('the line never exceeds what GitHub takes', () => {
  expect(summarizePipeline('failed', [job('x'.repeat(300), 'failed')]).description).toHaveLength(140);
});

describe('a failure', () => {
  const failing = (name: string, reason: string) => ({ ...job(name, 'failed'), reason });
  const long = 'hdf5@1.14.5 /abcdefg %gcc@12.2.0 arch=linux-debian12-x86_64_v3 Spack Tutorial';

  test.each([
    [
      failing(long, 'Package `hdf5@1.14.5` failed in phase `cmake` [configure]: CMake Error at CMakeLists.txt:3'),
      'hdf5@1.14.5 failed in phase `cmake` [configure]: CMake Error at CMakeLists.txt:3',
    ],
    [
      failing(
        'leaf@1.0 /abcdefg',
        'Package `leaf` failed in step `install` (recipes/leaf.yaml:3:1) with exit status 2.',
      ),
      'leaf@1.0 failed in step `install` (recipes/leaf.yaml:3:1) with exit status 2',
    ],
    [failing('(specs) zlib/abcdefg 1.2.11 gcc@8', 'no luck'), '(specs) zlib failed: no luck'],
    [failing('unit tests / linux', '3 of 40 failed'), 'unit tests / linux failed: 3 of 40 failed'],
  ])('says where and why in the words of a reader: %#', (one, description) => {
    expect(summarizePipeline('failed', [one]).description).toBe(description);
  });

  test('cuts the reason, and not how much it concerns', () => {
    const jobs = [failing(long, 'x'.repeat(300)), job('b', 'failed'), job('c', 'skipped')];
    const { description } = summarizePipeline('failed', jobs);
    expect(description).toMatch(/^hdf5@1\.14\.5 failed: x+… \(1 more failed, 1 skipped\)$/);
    expect(description).toHaveLength(140);
    expect(summarizePipeline('running', jobs).description).toMatch(/skipped\); still running$/);
  });
});

test('a success names what failed and may', () => {
  expect(summarizePipeline('success', [job('a', 'success')]).description).toBe('The only job succeeded');
  expect(summarizePipeline('success', [job('a', 'success'), job('lint', 'failed', true)]).description).toBe(
    '1 job succeeded; lint failed, as it may',
  );
});

test('a pipeline that waits for a person says for what', () => {
  const summary = summarizePipeline('manual', [job('a', 'success'), job('deploy', 'manual')]);
  expect(summary).toEqual({ state: 'pending', description: 'Waits for a person to start deploy' });
});
