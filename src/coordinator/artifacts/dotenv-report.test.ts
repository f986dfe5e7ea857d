import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import type { AssignedJob } from '../../pipeline/index.ts';
import { dotenvVariables } from './dotenv-report.ts';

/** Sends a report as a runner does. */
async function report(lab: Lab, job: AssignedJob, { type, text }: { type: string; text: string }): Promise<void> {
  const path = join(lab.folder.temporary, 'upload.gz');
  const bytes = gzipSync(text);
  await writeFile(path, bytes);
  const upload = { type, format: 'gzip', path, size: bytes.length } as const;
  await lab.jobService.receiveArtifact(job.run, upload);
}

async function pushed(configuration: string, more: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const lab = await openLab();
  const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': configuration, ...more };
  await lab.happens(lab.push('main', files).event);
  return lab;
}

const valueOf = (job: AssignedJob | undefined, key: string) => job?.variables.find((one) => one.key === key)?.value;

describe('what a job reports as dotenv', () => {
  test('is known to later stages, above the file’s variables, and in them', async () => {
    const lab = await pushed(
      'variables: { A: file }\nfirst: { stage: build, script: x }\nlater: { stage: test, script: x, variables: { ' +
        'B: "b $A" } }\n',
    );
    const first = (await lab.take())!;
    await report(lab, first, { type: 'dotenv', text: 'A=said $CI_JOB_STAGE\n' });
    await lab.finish(first);
    const later = await lab.take();
    expect([valueOf(later, 'A'), valueOf(later, 'B')]).toEqual(['said test', 'b said test']);
  });

  test('is known only to those that need the job’s artifacts, where jobs have `needs`', async () => {
    const lab = await pushed(
      'first: { stage: build, script: x }\nwith: { script: x, needs: [first] }\nwithout: { script: x, needs: [{ ' +
        'job: first, artifacts: false }] }\n',
    );
    const first = (await lab.take())!;
    await report(lab, first, { type: 'dotenv', text: 'A=said\n' });
    await lab.finish(first);
    const jobs = [(await lab.take())!, (await lab.take())!];
    const seen = Object.fromEntries(jobs.map((job) => [job.run.name, valueOf(job, 'A')]));
    expect(seen).toEqual({ with: 'said', without: undefined });
  });

  test('reaches a child through its trigger', async () => {
    const lab = await pushed(
      'first: { stage: build, script: x }\nt: { variables: { WORD: "$A!" }, trigger: { include: child.yml } }\n',
      { 'child.yml': 'inner: { script: x }\n' },
    );
    const first = (await lab.take())!;
    await report(lab, first, { type: 'dotenv', text: 'A=said\n' });
    await lab.finish(first);
    const inner = await lab.take();
    expect([inner?.run.name, valueOf(inner, 'WORD')]).toEqual(['inner', 'said!']);
  });

  test.each([
    ['', ['mine', undefined]],
    [', forward: { pipeline_variables: true }', ['said', 'too']],
  ])('is passed on itself only with the variables of the pipeline%s', async (forward, expected) => {
    const lab = await pushed(
      `first: { stage: build, script: x }\nt: { variables: { A: mine }, trigger: { include: child.yml${forward} } }\n`,
      { 'child.yml': 'inner: { script: x }\n' },
    );
    const first = (await lab.take())!;
    await report(lab, first, { type: 'dotenv', text: 'A=said\nB=too\n' });
    await lab.finish(first);
    const inner = await lab.take();
    expect(['A', 'B'].map((name) => valueOf(inner, name))).toEqual(expected);
  });

  test('is refused while the runner listens, and nothing of it recorded, when it cannot be read', async () => {
    const lab = await pushed('first: { script: x }\n');
    const first = (await lab.take())!;
    await expect(report(lab, first, { type: 'dotenv', text: 'no line of this kind' })).rejects.toMatchObject({
      code: 'DOTENV_INVALID',
    });
    expect(lab.context.pipelines.artifacts(first.run.id)).toEqual([]);
  });
});

test('a report is bounded in bytes, also packed, and in variables', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `V${index}=x`).join('\n');
  const invalid = expect.objectContaining({ code: 'DOTENV_INVALID' }) as Error;
  expect(Object.keys(dotenvVariables(gzipSync(lines(200))))).toHaveLength(200);
  expect(() => dotenvVariables(gzipSync(lines(201)))).toThrowError(invalid);
  expect(() => dotenvVariables(gzipSync(`A=${'x'.repeat(70_000)}`))).toThrowError(invalid);
  expect(() => dotenvVariables(gzipSync(Buffer.alloc(50_000_000, 'A=x\n')))).toThrowError(invalid);
  expect(() => dotenvVariables(Buffer.from('no gzip'))).toThrowError(invalid);
});

describe('what a job reports as JUnit', () => {
  const suite = (failed: boolean) =>
    `<?xml version="1.0"?>\n<testsuite name="s"><testcase name="one" classname="c"/><testcase name="two" classname="c">${failed ? '<failure message="broken">at line 1</failure>' : ''}</testcase></testsuite>\n`;

  test('is counted, all files together', async () => {
    const lab = await pushed('first: { script: x }\n');
    const first = (await lab.take())!;
    await report(lab, first, { type: 'junit', text: suite(false) + suite(true) });
    expect(lab.context.pipelines.tests(first.run.id)).toMatchObject({ total: 4, failed: 1 });
  });

  test('and cannot be read does the job no harm', async () => {
    const lab = await pushed('first: { script: x }\n');
    const first = (await lab.take())!;
    await report(lab, first, { type: 'junit', text: '<testsuite' });
    expect(lab.context.pipelines.tests(first.run.id)).toBeUndefined();
    await lab.finish(first);
    expect(lab.jobs('1')).toEqual(['first success']);
  });
});
