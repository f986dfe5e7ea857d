import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { editedLock } from '../../../test/support/edited-lock.ts';
import { planBuild } from '../../generate/index.ts';
import { ChangeReport } from '../../protocol/index.ts';
import { explainHashes, readLockfile, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { changeLines } from '../text/change-lines.ts';
import { changeBytes, sizedHashes } from './change-bytes.ts';
import { changeReport } from './change-report.ts';

const before = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');

function bump(...names: readonly string[]): Lockfile {
  return editedLock(before, (node) => (names.includes(node.name) ? { ...node, version: '99.1' } : node));
}

/** What a pipeline of a lock builds where a mirror has all packages of the other, each of a thousand bytes. */
function reported(after: Lockfile, unknown: (node: SpecNode) => boolean = () => false): ChangeReport {
  const held = [...before.nodes.values()].filter((node) => node.external === undefined && !unknown(node));
  const states = new Map(held.map(({ hash }) => [hash, { present: true, reason: 'on file:///mirror' }]));
  const plan = planBuild(after, states);
  const reasons = explainHashes(before, after);
  const change = { plan, reasons, before, after };
  const needed = sizedHashes(change);
  const sizes = new Map(held.filter(({ hash }) => needed.has(hash)).map(({ hash }) => [hash, 1000]));
  const bytes = changeBytes({ ...change, sizes });
  return ChangeReport.parse(changeReport({ plan, reasons, bytes, against: { name: 'main' } }));
}

describe('changeReport', () => {
  test('counts what is built and reused, and leads every hash to the change where it began', () => {
    const { counts, causes, packages, bytes, headline } = reported(bump('hdf5'));
    expect(counts.build + counts.reused).toBe(counts.total);
    expect(counts.changed).toBe(counts.build);
    expect(
      causes.every(({ packages: [first], change }) => first?.name === 'hdf5' && change.startsWith('version ')),
    ).toBe(true);
    expect(packages).toHaveLength(counts.build);
    for (const { reason, build, causes: of } of packages) {
      expect(build).toBe(true);
      expect(of.length).toBeGreaterThan(0);
      expect(reason).toMatch(/^missing; .*version \S+ → 99\.1/);
    }
    expect(bytes).toMatchObject({ reused: counts.reused * 1000, mirror: counts.build * 1000, growth: 0, unknown: 0 });
    expect(headline).toMatch(/^\d+ of \d+ packages to build, \d+ reused \(0\.\d MB not rebuilt\)$/);
  });

  test('nothing changed: nothing to build', () => {
    const { headline, counts } = reported(before);
    expect(headline).toBe(`Nothing to build: ${counts.total} of ${counts.total} packages reused (0.2 MB not rebuilt)`);
    expect(changeLines(reported(before))).toContain('No hash differs from main.');
  });

  test('the same change of many packages is one cause', () => {
    const compiler = { name: 'gcc', version: '99.1' };
    const after = editedLock(before, (node) => (node.compiler === undefined ? node : { ...node, compiler }));
    const [first] = reported(after).causes;
    expect(first).toMatchObject({ change: expect.stringContaining('→ gcc@99.1'), hashes: expect.any(Number) });
    expect(first!.count).toBeGreaterThan(20);
    expect(first!.packages).toHaveLength(20);
  });

  test('sizes that no mirror knows are said to be unknown, and growth is not guessed', () => {
    const { bytes, counts } = reported(bump('hdf5'), ({ name }) => name === 'hdf5');
    expect(bytes.unknown).toBeGreaterThan(0);
    expect(bytes.unknown).toBeLessThan(counts.build);
    expect(bytes.growth).toBeUndefined();
  });

  test('says how far the jobs are', () => {
    const plan = planBuild(bump('hdf5'), new Map());
    const builds = plan.decisions.filter(({ build }) => build);
    const status = (index: number) => (['success', 'failed', 'running', 'created'] as const)[Math.min(index, 3)]!;
    const jobs = new Map(builds.map(({ hash }, index) => [hash, { id: String(index), status: status(index) }]));
    const time = { seconds: 900, work: 900, left: 700, jobs: 2, criticalPath: ['a', 'b'], unknown: 0 };
    const report = changeReport({ plan, jobs, time });
    expect(report.counts).toMatchObject({ built: 1, failed: 1, running: 1, changed: undefined });
    expect(changeLines(report).slice(0, 2)).toEqual([
      `${builds.length} of ${builds.length} packages to build, 0 reused.`,
      `1 of ${builds.length} packages built, 1 failed, 1 running; about 12 min left.`,
    ]);
    const done = changeReport({
      plan,
      jobs: new Map(builds.map(({ hash }) => [hash, { id: '1', status: 'success' }])),
    });
    expect(done.headline).toBe(`${builds.length} of ${builds.length} packages built, 0 reused`);
  });
});
