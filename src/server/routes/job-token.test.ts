import { expect, test } from 'vitest';
import { openTwoStacks } from '../../../test/support/two-stacks.ts';
import type { AssignedJob } from '../../pipeline/index.ts';
import { labApp } from '../../../test/support/lab-app.ts';

const work = `
make: { stage: build, script: x, artifacts: { paths: [out] } }
other: { stage: build, script: x, artifacts: { paths: [out] } }
use: { stage: test, script: x, needs: [make] }
`;
const child = 'say: { script: "echo $WORD" }\n';

async function openSite(configuration: Parameters<typeof openTwoStacks>[0] = { triggeredBy: ['lab'] }) {
  const { lab, pushLab, pushOther } = await openTwoStacks(configuration);
  await pushOther('main', child);
  const app = labApp(lab);
  const tokenOf = ({ run }: AssignedJob) => lab.context.tokens.jobToken(run.id);
  return { lab, app, pushLab, tokenOf };
}

test('a job starts a pipeline of a stack that lets its own do so, with its token and with variables', async () => {
  const { lab, app, pushLab, tokenOf } = await openSite();
  await pushLab('ask: { script: x }\n');
  const job = (await lab.take())!;
  const form = new URLSearchParams({ token: tokenOf(job), ref: 'main', 'variables[WORD]': 'tide' });
  const address = '/api/v4/projects/group%2Fother/trigger/pipeline';
  const answer = await app.request(address, { method: 'POST', body: form });
  expect([answer.status, await answer.json()]).toMatchObject([201, { id: 2, ref: 'main', source: 'pipeline' }]);
  const upstream = { pipeline: job.run.pipeline, job: 'ask' };
  expect(lab.context.pipelines.record('2')).toMatchObject({ stack: 'other', trust: 'protected', upstream });
  await lab.finish(job);
  const said = (await lab.take())!;
  expect(said.variables).toContainEqual(expect.objectContaining({ key: 'WORD', value: 'tide' }));
  await lab.finish(said);
  expect(lab.context.pipelines.record('1')?.status).toBe('success');
});

test('it starts none without permission, for its own stack, with reserved variables or after its end', async () => {
  const { lab, app, pushLab, tokenOf } = await openSite({ triggeredBy: [] });
  await pushLab('ask: { script: x }\n');
  const job = (await lab.take())!;
  const trigger = (project: string, body: object) =>
    app.request(`/api/v4/projects/${project}/trigger/pipeline`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'JOB-TOKEN': tokenOf(job) },
      body: JSON.stringify({ ref: 'main', ...body }),
    });
  const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
  expect(await codeOf(await trigger('other', {}))).toBe('DOWNSTREAM_REFUSED');
  expect(await codeOf(await trigger(lab.context.ledger.projectId('lab'), {}))).toBe('DOWNSTREAM_REFUSED');
  expect(await codeOf(await trigger('other', { variables: { CI_JOB_ID: '1' } }))).toBe('VARIABLE_REFUSED');
  await lab.finish(job);
  expect((await trigger('other', {})).status).toBe(401);
  expect(lab.context.pipelines.list({ stack: 'other' })).toEqual([]);
});

test('a job reads what it needs of its own pipeline by the job’s name, and nothing else', async () => {
  const { lab, app, pushLab, tokenOf } = await openSite();
  await pushLab(work);
  for (const job of [await lab.take(), await lab.take()]) {
    await lab.leave(job!, { 'out/notes.txt': `from ${job!.run.name}` });
    await lab.finish(job!);
  }
  const reader = (await lab.take())!;
  const read = (path: string, token = tokenOf(reader)) =>
    app.request(`/api/v4/projects/${path}`, { headers: { 'JOB-TOKEN': token } });
  const file = await read('stacks%2Flab/jobs/artifacts/main/raw/out/notes.txt?job=make');
  expect([file.status, await file.text()]).toEqual([200, 'from make']);
  const archive = await read('lab/jobs/artifacts/main/download?job=make');
  expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/zip']);
  const refused = ['lab/jobs/artifacts/main/download?job=other', 'lab/jobs/artifacts/fix/download?job=make'];
  for (const path of [...refused, 'other/jobs/artifacts/main/download?job=make'])
    expect((await read(path)).status).toBe(404);
  expect((await read('lab/jobs/artifacts/main/download?job=make', 'wrong')).status).toBe(401);
});
