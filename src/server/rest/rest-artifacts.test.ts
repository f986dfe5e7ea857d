import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { climbingZip } from '../../../test/attack/climbing-zip.ts';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { ArtifactList, JobDetail, Problem, TestList } from '../../protocol/index.ts';
import { restRoutes } from './rest.ts';

const harmful = '<script>fetch("/api/v1/tokens")</script>';
const files = {
  'report/index.html': harmful,
  'report/été 1?.txt': harmful,
  'report/picture.svg': `<svg xmlns="http://www.w3.org/2000/svg">${harmful}</svg>`,
  'bin/tide': '\u007FELF\0\0',
  README: '# Tides\n',
  empty: '',
};

async function read<T>(app: Hono, path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await app.request(`/api/v1${path}`);
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

async function labWithJob(): Promise<{ lab: Lab; app: Hono; id: string; leave(zip: Buffer): Promise<void> }> {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const job = (await lab.take())!;
  const app = restRoutes(lab.coordinator);
  await lab.leave(job, files);
  const leave = async (zip: Buffer) => writeFile(join(lab.folder.job(job.run.id), 'archive.zip'), zip);
  return { lab, app, id: job.run.id, leave };
}

describe('the artifacts of a job', () => {
  test('are listed with their sizes', async () => {
    const { app, id } = await labWithJob();
    const { files: listed, more } = await read(app, `/jobs/${id}/artifacts/files`, ArtifactList);
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(files));
    expect(listed[4]).toEqual({ name: 'README', size: 8, kind: 'file' });
    expect(more).toBe(false);
    expect((await read(app, `/jobs/${id}`, JobDetail)).artifactBytes).toBeGreaterThan(100);
  });

  test.each([
    ['report/index.html', 'text/html; charset=utf-8', 'inline'],
    ['report/été 1?.txt', 'text/plain; charset=utf-8', 'inline'],
    ['report/picture.svg', 'image/svg+xml', 'inline'],
    ['bin/tide', 'application/octet-stream', 'attachment'],
    ['README', 'text/plain; charset=utf-8', 'inline'],
    ['empty', 'text/plain; charset=utf-8', 'inline'],
  ] as const)('%s is sent as %s, and can run and load nothing', async (name, type, disposition) => {
    const { app, id } = await labWithJob();
    const address = `/api/v1/jobs/${id}/artifacts/files/${name.split('/').map(encodeURIComponent).join('/')}`;
    const response = await app.request(address);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox; default-src 'none';/);
    expect(policy).not.toMatch(/allow-|script-src|'self'|https?:/);
    expect(response.headers.get('content-disposition')).toBe(
      `${disposition}; filename*=UTF-8''${encodeURIComponent(name.split('/').at(-1) ?? '')}`,
    );
    expect(await response.text()).toBe(files[name]);
    const saved = await app.request(`${address}?download=true`);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment/);
    expect((await app.request(address, { method: 'HEAD' })).status).toBe(200);
  });

  test('that are not there, or in an archive that cannot be trusted, are refused without a path of the server', async () => {
    const { app, id, lab, leave } = await labWithJob();
    const problem = async (path: string) => {
      const response = await app.request(`/api/v1/jobs/${path}`);
      const { code, message } = Problem.parse(await response.json());
      expect(message).not.toContain(lab.folder.root);
      return [response.status, code];
    };
    for (const name of ['missing', 'report', 'report/', '..%2F..%2Fkeys', '%2Fetc%2Fpasswd'])
      expect(await problem(`${id}/artifacts/files/${name}`), name).toEqual([404, 'ARTIFACT_ENTRY_MISSING']);
    expect(await problem('99/artifacts/files')).toEqual([404, 'SERVER_NOT_FOUND']);
    await leave(await climbingZip('planted'));
    expect(await problem(`${id}/artifacts/files`)).toEqual([422, 'ARTIFACT_ARCHIVE_BROKEN']);
    expect(await problem(`${id}/artifacts/files/planted`)).toEqual([422, 'ARTIFACT_ARCHIVE_BROKEN']);
  });
});

describe('the tests of a job', () => {
  test('are listed with their output, all or the failed ones', async () => {
    const { lab, app, id } = await labWithJob();
    expect(await read(app, `/jobs/${id}/tests`, TestList)).toEqual({ total: 0, cases: [], omitted: 0 });
    expect((await app.request('/api/v1/jobs/99/tests')).status).toBe(404);
    const path = join(lab.folder.temporary, 'junit.gz');
    const long = 'x'.repeat(30_000);
    await writeFile(
      path,
      gzipSync(`<testsuite name="sea"><testcase name="waves" time="0.5"><system-out>${long}</system-out></testcase>
        <testcase name="tides"><failure message="2 is not 3">at line 7</failure></testcase></testsuite>`),
    );
    const run = lab.context.pipelines.run(id)!;
    await lab.jobService.receiveArtifact(run, { type: 'junit', format: 'gzip', path, size: 1 });
    const all = await read(app, `/jobs/${id}/tests`, TestList);
    expect([all.total, all.omitted, all.cases[0]?.output?.length]).toEqual([2, 0, 20_000]);
    const failed = { suite: 'sea', name: 'tides', status: 'failed', message: '2 is not 3', output: 'at line 7' };
    expect((await read(app, `/jobs/${id}/tests?status=failed`, TestList)).cases).toEqual([failed]);
    expect((await read(app, `/jobs/${id}/tests?q=WAVE`, TestList)).total).toBe(1);
    expect((await read(app, `/jobs/${id}/tests?offset=1&limit=5`, TestList)).cases).toEqual([failed]);
    expect((await app.request(`/api/v1/jobs/${id}/tests?status=good`)).status).toBe(400);
  });
});
