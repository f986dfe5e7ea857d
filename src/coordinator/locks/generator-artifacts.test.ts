import { expect, test } from 'vitest';
import { openLab } from '../../../test/support/coordinator.ts';
import { withLockArtifact } from './generator-artifacts.ts';

const child = 'build: { stage: build, trigger: { include: [{ artifact: out/pipeline.yml, job: generate }] } }\n';

/** Paths of the artifacts that the first job of a pipeline gets. */
async function pathsOf(script: string, { artifacts = '[out/pipeline.yml]', trigger = child } = {}) {
  const pipeline = `stages: [generate, build]\ngenerate: { stage: generate, script: [${JSON.stringify(script)}], artifacts: { paths: ${artifacts} } }\n${trigger}`;
  const lab = await openLab();
  await lab.happens(lab.push('main', { '.gitlab-ci.yml': pipeline }).event);
  return withLockArtifact(lab.context, (await lab.take())!).plan.artifacts?.paths;
}

test.each([
  ['spack -d ci generate --output-file out/pipeline.yml', 'jobs_scratch_dir/concrete_environment'],
  ['spack -e . ci generate --artifacts-root "${CI_PROJECT_DIR}/out/"', '${CI_PROJECT_DIR}/out/concrete_environment'],
  ['slipway generate --artifacts-root=out', 'out/concrete_environment'],
])('a job that generates a pipeline leaves the lock, too: %s', async (script, added) => {
  expect(await pathsOf(script)).toEqual(['out/pipeline.yml', added]);
});

test.each([
  ['out', 'slipway generate --artifacts-root out'],
  ['./jobs_scratch_dir/', 'spack ci generate'],
  ['$CI_PROJECT_DIR/jobs_scratch_dir/**', 'spack ci generate'],
  ['${CI_PROJECT_DIR}', 'spack ci generate'],
])('`%s` has it already', async (path, script) => {
  expect(await pathsOf(script, { artifacts: `["${path}"]` })).toEqual([path]);
});

test('other jobs leave what they say', async () => {
  expect(await pathsOf('make out/pipeline.yml')).toEqual(['out/pipeline.yml']);
  const trigger = 'check: { stage: build, script: [ls] }\n';
  expect(await pathsOf('spack ci generate', { trigger })).toEqual(['out/pipeline.yml']);
});
