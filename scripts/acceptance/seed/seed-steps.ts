import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTerminal } from '../../../src/cli/terminal.ts';
import { watchStack } from '../../../src/demo/watch-stack.ts';
import { gather } from '../../../test/support/gather.ts';
import { imageSteps } from '../image-steps.ts';
import { jobNames, successStatus, until, type Step } from '../run-acceptance.ts';
import { downstreamSteps } from './downstream-steps.ts';
import { BUCKET, DOWNSTREAM, STACK, type Seed } from './seed.ts';
import { signedEntries } from './signed-entries.ts';

/** Runs the five steps, and checks each one; throws at the first that is not as it should be. */
export async function seedSteps(seed: Seed): Promise<readonly Step[]> {
  const { github, server, signal, folder, env, change } = seed;
  const { pipelines } = server.coordinator.context;
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, env);
  const watch = watchStack(server.coordinator, STACK, { terminal, signal });
  const steps: Step[] = [];
  const done = (step: string, fact: string): void => void steps.push({ step, fact });

  const branch = 'tutorial-v0.23';
  const first = await github.push(branch, change, 'main');
  const pull = await github.openPull({ branch, title: 'Update the tutorial to Spack 0.23' });
  const ofFirst = () => pipelines.list({ stack: STACK }).find((one) => one.head === first);
  await until(signal, ofFirst);
  const group = 'Spack v0.23 Tutorial Container';
  const renamed = (change['spack.yaml'] ?? '').replace(group, `${group} (2)`);
  const second = await github.push(branch, { 'spack.yaml': renamed });
  const tested = await watch.pipelineOf(second);
  done('1–3 a pipeline for each push', `pipeline ${ofFirst()?.id} ${ofFirst()?.status}, ${tested.id} ${tested.status}`);
  const status = await successStatus(github, { sha: second, context: 'slipway' }, signal);
  done('2 status on the pull request', status);

  const merge = await github.mergePull(pull.number);
  const tagged = await github.tag('rev-sc26');
  done('4 files that the change leaves as they are', await unchanged(seed, merge));
  const merged = await watch.pipelineOf(merge);
  assert.equal(merged.trust, 'protected');
  const built = jobNames(server, merged).map((name) => name.split(' ')[0]);
  done('4 merge', `pipeline ${merged.id}: ${built.join(', ')}`);
  done('SPACK_SIGNING_KEY', await signedByItsKey(seed));
  done('AWS_…, S3_ENDPOIT_URL', await onlyBehindTheGateway(seed));
  done('CDASH_AUTH_TOKEN', reported(seed, `${group} (2)`));

  const image = await watch.imageOf('sc26');
  done('5 tag rev-sc26', `${image.reference} ${image.digest?.slice(0, 19)}, ${image.layers} layers`);
  done('5 status', await successStatus(github, { sha: tagged, context: 'slipway/image' }, signal));
  const lockDigest = merged.lockDigest ?? '';
  const images = { dockerfile: image };
  const ofImages = { server, stack: STACK, folder, env, lockDigest, files: change, recipes: 'recipes', images };
  steps.push(...(await imageSteps(ofImages)));
  done('5 ancillary files in the image', await ancillaryFiles(seed, merge));
  const there = watchStack(server.coordinator, DOWNSTREAM, { terminal, signal });
  steps.push(...(await downstreamSteps(seed, { own: watch, there })));
  assert.deepEqual(github.api.violations, [], 'every request was one that GitHub describes');
  return steps;
}

/** Checks that the change leaves `.gitlab-ci.yml`, `docker/` and the layout of the seed byte for byte. */
async function unchanged({ github, head, change }: Seed, merge: string): Promise<string> {
  const { remote } = github;
  await remote.git('fetch', '--quiet', 'origin', merge);
  const changed = (await remote.git('diff', '--name-only', head, merge)).split('\n').filter((path) => path !== '');
  assert.deepEqual(changed.toSorted(), Object.keys(change).toSorted());
  assert.ok(!changed.some((path) => path === '.gitlab-ci.yml' || path.startsWith('docker/')));
  const all = (await remote.git('ls-tree', '-r', '--name-only', head)).split('\n');
  return `${all.length - 1} of ${all.length} files, .gitlab-ci.yml, docker/Dockerfile and docker/hooks/build among them`;
}

/** Checks that every entry on the mirror in MinIO is signed by the key that the seed's script exported. */
async function signedByItsKey({ server, fingerprint }: Seed): Promise<string> {
  const { signing, stacks } = server.coordinator.context;
  assert.equal(signing.fingerprint.toUpperCase(), fingerprint.toUpperCase());
  const { whole } = stacks.get(STACK)!.mirror;
  assert.match(whole.url, new RegExp(`^s3://${BUCKET}/tutorial/ecp21/mirror`));
  const count = await signedEntries(server, STACK);
  assert.equal(count, 3, 'every package of the lock');
  const old = await gather(whole.list('build_cache/'));
  assert.equal(old.filter(({ key }) => key.endsWith('.spec.json.sig')).length, count, 'in layout v2 as well');
  return `${count} entries signed by …${fingerprint.slice(-16)}, in layouts v3 and v2`;
}

/** Checks that no log of a job has the secret key or the address of MinIO. */
async function onlyBehindTheGateway({ server, minio }: Seed): Promise<string> {
  const { pipelines } = server.coordinator.context;
  const runs = pipelines
    .list({ stack: STACK })
    .flatMap((record) => [
      ...pipelines.runs(record.id),
      ...pipelines.children(record.id).flatMap(({ id }) => pipelines.runs(id)),
    ]);
  let count = 0;
  for (const { id, name } of runs) {
    const log = await readFile(join(server.folder.job(id), 'trace.log'), 'utf8').catch(() => undefined);
    if (log === undefined) continue;
    const names = [minio.secretAccessKey, minio.endpoint].filter((one) => log.includes(one));
    assert.deepEqual(names, [], `${name} has no access of its own`);
    count += 1;
  }
  assert.ok(count >= 10, 'the logs of two pipelines');
  return `MinIO at ${minio.endpoint}; neither that nor its key is in ${count} logs`;
}

/** Checks that CDash has the packages' builds, and the group that the second push names. */
function reported({ cdash }: Seed, group: string): string {
  assert.ok(
    [...cdash.groups.keys()].some((key) => key.startsWith(group)),
    `group ${group} is there`,
  );
  const builds = new Set(cdash.uploads.map(({ build }) => build));
  for (const name of ['zlib', 'tcl'])
    assert.ok(
      [...builds].some((build) => build.startsWith(`${name}@`)),
      `${name} is reported`,
    );
  return `${builds.size} builds in the group “${group}”`;
}

/** Checks that the image has the files of `docker/` beside the mirror, as its Dockerfile puts them there. */
async function ancillaryFiles({ github, folder }: Seed, merge: string): Promise<string> {
  const root = join(folder, 'unpacked/dockerfile');
  const places = {
    'docker/packages.yaml': 'etc/spack/packages.yaml',
    'docker/config.yaml': 'etc/spack/config.yaml',
    'docker/tutorial-test.sh': 'tutorial/.test/tutorial-test.sh',
  };
  for (const [path, place] of Object.entries(places)) {
    const text = await github.remote.git('show', `${merge}:${path}`);
    assert.equal((await readFile(join(root, place), 'utf8')).trimEnd(), text.trimEnd(), place);
  }
  return Object.values(places).join(', ');
}
