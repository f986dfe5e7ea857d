import { describe, expect, test } from 'vitest';
import { planFrom } from '../../../test/support/plan.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { expectedResources } from './expected-resources.ts';
import type { PhaseHistory } from './package-history.ts';

const GIB = 2 ** 30;
const at = '2026-11-30T00:00:00.000Z';

function measured(name: string, version: string, memory: number, cpuSeconds = 10): PhaseHistory {
  const base = { package: name, version, phase: 'script', seconds: 10, runs: 1, maxSeconds: 10, at };
  return { ...base, cpuSeconds, memory, maxMemory: memory };
}

const history = [
  measured('gcc', '13.3.0', 6 * GIB),
  measured('gcc', '14.2.0', 8 * GIB),
  measured('zlib', '1.3', 0.1 * GIB),
  ...['py-numpy', 'py-scipy', 'py-six'].map((name, index) => measured(name, '1.0', (index + 1) * GIB)),
  measured('check', '', 2 * GIB, 40),
];
const ofPhases = (script: readonly PhaseHistory[], killed: readonly PhaseHistory[] = []) =>
  expectedResources({ phases: (phase) => ({ script, out_of_memory: killed })[phase] ?? [] });
const expected = ofPhases(history);
const job = (variables: Readonly<Record<string, string>>, name = 'one'): JobPlan =>
  planFrom(JSON.stringify({ [name]: { script: 'make', variables } })).jobs[0] as JobPlan;
const building = (name: string, version: string, more = {}) =>
  job({ SPACK_JOB_SPEC_PKG_NAME: name, SPACK_JOB_SPEC_PKG_VERSION: version, ...more });
/** What is expected of a measured amount, with the margin. */
const of = (gibibytes: number) => expect.closeTo(gibibytes * GIB * 1.15, -3) as number;

describe('a job is expected to need', () => {
  test('what the same version of its package needed, and one core', () => {
    expect(expected(building('gcc', '13.3.0'))).toMatchObject({ memory: of(6), cores: 1 });
  });

  test('what other versions of its package needed at most, if its own is new', () => {
    expect(expected(building('gcc', '15.1.0')).memory).toEqual(of(8));
  });

  test('the median of packages with the same prefix in their names, if its package is new', () => {
    expect(expected(building('py-pandas', '2.0')).memory).toEqual(of(2));
  });

  test('the median of all, if few have that prefix', () => {
    expect(expected(building('r-dplyr', '1.1')).memory).toEqual(of(2));
  });

  test('what it requests, unless it needed more before', () => {
    const request = { KUBERNETES_MEMORY_REQUEST: '7Gi', KUBERNETES_CPU_REQUEST: '1500m' };
    expect(expected(building('new', '1', request))).toEqual({ memory: 7 * GIB, cores: 1.5 });
    expect(expected(building('gcc', '13.3.0', request)).memory).toBe(7 * GIB);
    expect(expected(building('gcc', '14.2.0', request)).memory).toEqual(of(8));
    expect(expected(building('zlib', '1.3', { KUBERNETES_MEMORY_REQUEST: 'much' })).memory).toEqual(of(0.1));
  });

  test('one core of a shared machine, and as many CPUs of its own as its package kept busy', () => {
    const busy = ofPhases([measured('gcc', '14.2.0', GIB, 27), measured('gcc', '13.3.0', GIB, 41)]);
    expect(busy(building('gcc', '14.2.0'))).toMatchObject({ cores: 1, busyCpus: 3 });
    expect(busy(building('zlib', '1.3')).busyCpus).toBeUndefined();
  });

  test('as many cores as it was busy with, if it builds no package', () => {
    expect(expected(job({}, 'check'))).toEqual({ memory: of(2), cores: 4, busyCpus: 4 });
  });

  test('half as much again as it had when memory ran out, until it has been built', () => {
    const earlier = { ...measured('gcc', '14.2.0', 10 * GIB), at: '2026-11-29T00:00:00.000Z' };
    const later = { ...earlier, at: '2026-11-30T01:00:00.000Z' };
    expect(ofPhases(history, [later])(building('gcc', '14.2.0')).memory).toEqual(of(15));
    expect(ofPhases(history, [earlier])(building('gcc', '14.2.0')).memory).toEqual(of(8));
  });

  test('nothing that is known, without any history', () => {
    expect(ofPhases([])(building('gcc', '13.3.0'))).toEqual({ memory: 0, cores: 1 });
  });
});
