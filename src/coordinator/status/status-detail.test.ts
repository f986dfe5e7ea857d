import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';

const failing = 'spack.yaml:1:10: error: The package `gauge` has no recipe. [RECIPE_MISSING]\nhint: Write one.\n';

/** Returns what was posted last about a commit, and what a check shows of it. */
async function shown(lab: Lab, sha: string) {
  const { detail, outcome, state } = lab.forge.posted.findLast((status) => status.sha === sha)!;
  return { state, outcome, ...(await detail!()) };
}

async function requested(lab: Lab, files: Readonly<Record<string, string>> = tinyStack) {
  const { sha } = lab.push('topic', files);
  await lab.happens(lab.forge.request('7', sha));
  return sha;
}

async function fail(lab: Lab, log: string): Promise<void> {
  const job = (await lab.take())!;
  await mkdir(lab.folder.job(job.run.id), { recursive: true });
  await writeFile(join(lab.folder.job(job.run.id), 'trace.log'), log);
  await lab.finish(job, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
}

test('what runs can be canceled, and shows what it builds', async () => {
  const lab = await openLab();
  const sha = await requested(lab);
  await lab.work((await lab.take())!);
  const { summary, ...rest } = await shown(lab, sha);
  expect(rest).toEqual({ state: 'pending', outcome: undefined, annotations: [], actions: ['cancel'] });
  expect(summary).toContain('2 of 2 packages to build');
});

test('what failed names the cause, remarks on its line, and can be retried', async () => {
  const lab = await openLab();
  const sha = await requested(lab);
  await fail(lab, failing);
  expect(await shown(lab, sha)).toEqual({
    state: 'failure',
    outcome: undefined,
    summary: expect.stringContaining('The package `gauge` has no recipe') as string,
    annotations: [
      {
        path: 'spack.yaml',
        line: 1,
        level: 'failure',
        title: expect.stringMatching(/^generate failed .*gauge/) as string,
        message: expect.stringMatching(
          /^hint: Write one\.\n\nspack\.yaml:1:10: error: The package `gauge` has no recipe/,
        ) as string,
      },
    ],
    actions: ['retry'],
  });
});

test('what succeeded has nothing to be done about', async () => {
  const lab = await openLab();
  const sha = await requested(lab);
  await lab.workAll();
  expect(await shown(lab, sha)).toMatchObject({ state: 'success', annotations: [], actions: [] });
});

test('what was canceled is no failure of the change, and can be retried while its request is open', async () => {
  const lab = await openLab();
  const sha = await requested(lab);
  lab.coordinator.cancelRequest('lab', '7', 'enough');
  await lab.coordinator.settle();
  expect(await shown(lab, sha)).toMatchObject({ state: 'error', outcome: 'canceled', actions: ['retry'] });
  await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
  expect(await shown(lab, sha)).toMatchObject({ actions: [] });
});

test('what is held can be approved', async () => {
  const lab = await openLab();
  const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': 'forks: hold\n' }).sha;
  const { sha } = lab.push('topic');
  await lab.happens(lab.forge.request('7', sha, { fork: true, baseSha }));
  expect(await shown(lab, sha)).toMatchObject({
    state: 'pending',
    outcome: 'held',
    summary: expect.stringMatching(/^`Held, from a fork/) as string,
    actions: ['approve'],
  });
});

test('a pipeline that could not be made has a remark on the line of its file', async () => {
  const lab = await openLab();
  const sha = await requested(lab, { ...tinyStack, '.gitlab-ci.yml': 'a:\n  script: [\n' });
  const { summary, annotations, actions } = await shown(lab, sha);
  expect(actions).toEqual(['retry']);
  expect(summary).toMatch(/^\*\*No pipeline could be created\*\*/);
  expect(annotations).toMatchObject([{ path: '.gitlab-ci.yml', level: 'failure' }]);
});
