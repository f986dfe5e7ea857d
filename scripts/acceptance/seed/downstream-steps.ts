import { strict as assert } from 'node:assert';
import type { Watch } from '../../../src/demo/watch-stack.ts';
import type { Step } from '../run-acceptance.ts';
import { DOWNSTREAM, type Seed } from './seed.ts';
import { signedEntries } from './signed-entries.ts';

/** A `.gitlab-ci.yml` that generates with our command: `spack ci generate` of 0.23 pushes nowhere. */
const GENERATE = `variables:
  SPACK_REPO: https://github.com/spack/spack.git
  SPACK_REF: v0.16.1
generate-pipeline:
  script: [slipway generate]
  artifacts: { paths: [jobs_scratch_dir] }
  tags: [spack]
`;

/** Has the pipeline of `DOWNSTREAM_CI_REPO` pushed to another stack of this server, and waits until it ran there. */
export async function downstreamSteps(seed: Seed, watches: { own: Watch; there: Watch }): Promise<readonly Step[]> {
  const { github, downstream, server } = seed;
  const head = await github.push('main', { '.gitlab-ci.yml': GENERATE });
  const generated = await watches.own.pipelineOf(head);
  const [pushed = ''] = (await downstream.git('ls-remote', 'origin', 'slipway-main')).split('\t');
  assert.match(pushed, /^[0-9a-f]{40}$/, 'a pipeline was pushed');
  const { id, trust, lockDigest } = await watches.there.pipelineOf(pushed);
  assert.deepEqual({ trust, lockDigest }, { trust: 'protected', lockDigest: generated.lockDigest });
  const count = await signedEntries(server, DOWNSTREAM);
  assert.equal(count, 3, 'every package is on the mirror there');
  const names = server.coordinator.context.pipelines.runs(id).map(({ name }) => name.split(' ')[0]);
  return [{ step: 'DOWNSTREAM_CI_REPO', fact: `pipeline ${id} there: ${names.join(', ')}; ${count} signed entries` }];
}
