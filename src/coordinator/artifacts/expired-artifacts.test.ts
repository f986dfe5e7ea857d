import { access } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { archiveOf, artifactPath } from './artifact-files.ts';
import { sweepArtifacts } from './expired-artifacts.ts';

const hour = 3600 * 1000;
const twoStages = (expiry: string) => `
first: { stage: build, script: x, artifacts: { paths: [out]${expiry} } }
second: { stage: test, script: x }
`;

/** A pipeline whose first job has left an archive; the second waits. Jobs of earlier pipelines may be taken. */
async function left(lab: Lab, expiry: string): Promise<string> {
  const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': twoStages(expiry) };
  await lab.happens(lab.push('main', files).event);
  let first = (await lab.take())!;
  while (first.run.name !== 'first') first = (await lab.take())!;
  await lab.leave(first, { 'out/file': 'left' });
  await lab.finish(first);
  return first.run.id;
}

async function hasArchive(lab: Lab, run: string): Promise<boolean> {
  const archive = archiveOf(lab.context, run);
  if (archive === undefined) return false;
  await access(artifactPath(lab.context, archive));
  return true;
}

describe('what a job left', () => {
  test('goes when its time has come, and fails the job that would get it', async () => {
    const lab = await openLab();
    const run = await left(lab, ', expire_in: 1 hour');
    const path = artifactPath(lab.context, archiveOf(lab.context, run)!);
    expect(await sweepArtifacts(lab.context)).toBe(0);
    expect(await hasArchive(lab, run)).toBe(true);
    lab.tick(2 * hour);
    expect(await sweepArtifacts(lab.context)).toBe(1);
    expect(await hasArchive(lab, run)).toBe(false);
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await lab.take()).toBeUndefined();
    expect(lab.context.pipelines.latestRun('1', 'second')).toMatchObject({
      status: 'failed',
      failureReason: 'missing_dependency_failure',
    });
    expect(await sweepArtifacts(lab.context)).toBe(0);
  });

  test('stays a while where nothing is said, and for ever where `never` is', async () => {
    const lab = await openLab({ server: { limits: { artifactAge: 3 * 3600 } } });
    const [silent, never] = [await left(lab, ''), await left(lab, ', expire_in: never')];
    lab.tick(2 * hour);
    await sweepArtifacts(lab.context);
    expect([await hasArchive(lab, silent), await hasArchive(lab, never)]).toEqual([true, true]);
    lab.tick(2 * hour);
    await sweepArtifacts(lab.context);
    expect([await hasArchive(lab, silent), await hasArchive(lab, never)]).toEqual([false, true]);
  });

  test('stays past its time as long as its pipeline is the newest of its ref that succeeded', async () => {
    const lab = await openLab();
    const older = await left(lab, ', expire_in: 1 hour');
    await lab.finish((await lab.take())!);
    lab.tick(2 * hour);
    await sweepArtifacts(lab.context);
    expect(await hasArchive(lab, older)).toBe(true);
    const newer = await left(lab, ', expire_in: 1 hour');
    await lab.finish((await lab.take())!);
    lab.tick(2 * hour);
    await sweepArtifacts(lab.context);
    expect([await hasArchive(lab, older), await hasArchive(lab, newer)]).toEqual([false, true]);
  });
});
