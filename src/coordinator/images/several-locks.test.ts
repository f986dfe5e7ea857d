import { describe, expect, test } from 'vitest';
import { childPipeline } from '../../../test/support/child-pipeline.ts';
import { imageKey, lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { testImage } from '../../../test/support/image.ts';
import { serveRegistry } from '../../../test/support/served-registry.ts';
import { tinyLock, type TinyLock } from '../../../test/support/mirror-package.ts';
import {
  imagesOf,
  indexImages,
  platformOf,
  platformText,
  publishImage,
  readPublished,
  verifyImage,
  type Publishable,
} from '../../image/index.ts';
import { layoutRepository, openLayout } from '../../oci/index.ts';
import { lockDigest, writeLockfile } from '../../spack/index.ts';
import { recordedLocks } from '../locks/lock-record.ts';
import { rebaseImages } from './rebase/rebase-images.ts';

const arm = tinyLock('aarch64');
const scratch = 'jobs_scratch_dir';
const pipelineOf = (platform: string) => `
generate-${platform}: { stage: build, script: x, artifacts: { paths: [${scratch}] } }
build-${platform}:
  stage: test
  needs: [generate-${platform}]
  trigger: { include: [{ artifact: ${scratch}/pipeline.yml, job: generate-${platform} }], strategy: depend }
`;
const twoPlatforms = `${pipelineOf('amd64')}${pipelineOf('arm64')}
later: { stage: test, needs: [generate-amd64], script: x, artifacts: { paths: [${scratch}] } }
`;
const images = (more: string) => `images: [{ repository: lab/stack, rules: [{ branch: main, tag: latest }]${more} }]\n`;

async function pushed(more = ''): Promise<Lab> {
  const lab = await openLab();
  const files = { ...tinyStack, '.gitlab-ci.yml': twoPlatforms, 'slipway.yaml': images(more) };
  await lab.happens(lab.push('main', files).event);
  return lab;
}

function left(of: TinyLock, job: string) {
  const jobs = [
    { node: of.tide, needs: [] },
    { node: of.gauge, needs: ['tide'] },
  ];
  return {
    [`${scratch}/concrete_environment/spack.lock`]: writeLockfile(of),
    [`${scratch}/pipeline.yml`]: childPipeline(jobs).replaceAll('"generate"', `"${job}"`),
  };
}

/** Works every job as its name says; each package is of the lock whose hash its job was given. */
async function workAll(lab: Lab): Promise<void> {
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
    const { name } = job.run;
    const hash = job.variables.find(({ key }) => key === 'SPACK_JOB_SPEC_DAG_HASH')?.value;
    const of = [lock, arm].find(({ nodes }) => nodes.has(hash ?? ''));
    if (name.startsWith('generate-')) await lab.leave(job, left(name === 'generate-arm64' ? arm : lock, name));
    else if (name === 'later') await lab.leave(job, left(tinyLock('ppc64le'), 'later'));
    else if (of !== undefined) await lab.pushAs(job, of.nodes.get(hash ?? '') ?? of.tide, of);
    await lab.finish(job);
  }
}

async function platforms(lab: Lab): Promise<readonly string[]> {
  const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
  const image = await readPublished(source, 'latest');
  return ['index' in image ? 'index' : 'image', ...imagesOf(image).map((one) => platformText(platformOf(one)))];
}

describe('a pipeline with a lock for each of two platforms', () => {
  test('publishes an index with an image of each', async () => {
    const lab = await pushed();
    await workAll(lab);
    expect(lab.publications()).toEqual(['latest published']);
    expect(await platforms(lab)).toEqual(['index', 'linux/amd64', 'linux/arm64/v8']);
    const views = await Promise.all(
      [lock, arm].map((of) => lab.stack.mirror.root(`locks/${lockDigest(writeLockfile(of))}`).head('v3/layout.json')),
    );
    expect(views).not.toContain(undefined);
  });

  test('is built again if the base of one platform has moved, and the records of each image name what it replaces', async () => {
    const { host, repository } = await serveRegistry();
    const base = repository('bases/small');
    const ofBoth = async (text: string) => {
      const [amd64, arm64] = await Promise.all([
        testImage([[{ name: 'etc/motd', text: 'as before' }]]),
        testImage([[{ name: 'etc/motd', text }]], { architecture: 'arm64', variant: 'v8' }),
      ]);
      await publishImage(indexImages([amd64, arm64]), base, '1');
    };
    await ofBoth('first');
    const lab = await pushed(`, base: '${host}/bases/small:1'`);
    await workAll(lab);
    const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
    const before = await readPublished(source, 'latest');
    await ofBoth('second');
    await rebaseImages(lab.coordinator, lab.stack, {});
    await lab.coordinator.settle();
    expect(lab.publications()).toEqual(['latest published', 'latest published']);
    const after = await readPublished(source, 'latest');
    const digests = (of: Publishable) => imagesOf(of).map(({ manifest }) => manifest.descriptor.digest);
    expect(digests(after)[0]).toBe(digests(before)[0]);
    expect(digests(after)[1]).not.toBe(digests(before)[1]);
    const { bases = [] } = lab.context.ledger.publications('lab')[1]?.rebase ?? {};
    expect(bases.map(({ platform, image }) => [platform, image])).toEqual([
      ['linux/amd64', digests(before)[0]],
      ['linux/arm64/v8', digests(before)[1]],
    ]);
    expect(bases.map((one) => one.before === one.after)).toEqual([true, false]);
    const verified = await verifyImage({ target: source, reference: 'latest' }, { key: imageKey.publicKey });
    expect([verified.faults, verified.findings, verified.images.map(({ records }) => records?.findings)]).toEqual([
      [],
      [],
      [[], []],
    ]);
  });

  test('publishes what the rule names of them', async () => {
    const lab = await pushed(", locks: ['*-arm64']");
    await workAll(lab);
    expect(await platforms(lab)).toEqual(['image', 'linux/arm64/v8']);
  });

  test('refuses a rule that names a job without a lock', async () => {
    const lab = await pushed(', locks: [generate-riscv64]');
    await workAll(lab);
    expect(lab.publications()).toEqual(['latest failed']);
    expect(lab.context.ledger.publications('lab')[0]?.message).toContain('has no lock of job generate-riscv64');
  });

  test('has locks of jobs that child pipelines are made of, and of no others', async () => {
    const lab = await pushed();
    await workAll(lab);
    const locks = recordedLocks(lab.context, lab.context.pipelines.record('1')!);
    expect(new Set(locks.map(({ job }) => job))).toEqual(new Set(['generate-amd64', 'generate-arm64']));
  });

  test('has nothing accepted that is in neither, nor by a child what only the other one has', async () => {
    const lab = await pushed();
    for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
      const { name } = job.run;
      if (name !== 'tide') {
        if (name.startsWith('generate-')) await lab.leave(job, left(name === 'generate-arm64' ? arm : lock, name));
        await lab.finish(job);
        continue;
      }
      const hash = job.variables.find(({ key }) => key === 'SPACK_JOB_SPEC_DAG_HASH')?.value;
      const [own, other] = hash === arm.tide.hash ? [arm, lock] : [lock, arm];
      await expect(lab.pushAs(job, other.tide, other)).rejects.toMatchObject({ code: 'NOTARY_NOT_IN_LOCK' });
      await lab.pushAs(job, own.tide, own);
      await lab.finish(job);
    }
    expect(await lab.signed()).toEqual(['tide', 'tide']);
  });
});
