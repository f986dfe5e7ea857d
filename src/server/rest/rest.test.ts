import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { person, readAs } from '../../../test/support/read-as.ts';
import type { Principal } from '../../access/index.ts';
import type { Stack } from '../../coordinator/index.ts';
import { timestamp } from '../../kit/index.ts';
import { createPipeline, type PipelineRecord } from '../../pipeline/index.ts';
import {
  ImageComparison,
  ImageDetail,
  ImageList,
  ImageRecords,
  JobDetail,
  JobList,
  JobPage,
  LogIndex,
  LogSearch,
  PackageDetail,
  PackageFiles,
  PackageList,
  PipelineDetail,
  PipelineList,
  Problem,
  StackList,
  StackView,
  TestedLocks,
} from '../../protocol/index.ts';
import { healthRoutes, restRoutes } from './rest.ts';

function restOf(lab: Lab): Hono {
  return restRoutes(lab.coordinator);
}

async function read<T>(app: Hono, path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await app.request(`/api/v1${path}`);
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

/** A lab whose main branch was built, signed and published. */
async function publishedLab(): Promise<Lab> {
  const lab = await openLab();
  const { event } = lab.push('main');
  await lab.happens(event);
  await lab.workAll();
  return lab;
}

async function writeLog(lab: Lab, job: string, text: string | Uint8Array): Promise<void> {
  await mkdir(lab.folder.job(job), { recursive: true });
  await writeFile(join(lab.folder.job(job), 'trace.log'), text);
}

describe('what is read over REST', () => {
  test('says of a stack that its default branch is missing', async () => {
    const lab = await openLab();
    expect((await read(restOf(lab), '/stacks/lab', StackView)).problem).toBeUndefined();
    lab.context.ledger.receive('lab', { refs: new Map([['refs/heads/master', 'a1']]), events: [], at: '' });
    const { problem } = await read(restOf(lab), '/stacks/lab', StackView);
    expect(problem).toMatchObject({ code: 'DEFAULT_BRANCH_MISSING', message: expect.stringContaining('master') });
  });

  test('says of a job that waits why no runner can take it', async () => {
    const lab = await openLab();
    const pipeline =
      'big: { script: x, tags: [gpu] }\nplain: { script: x }\nlater: { stage: deploy, script: x, tags: [gpu] }\n';
    await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': pipeline }).event);
    const { jobs } = await read(restOf(lab), '/pipelines/1', PipelineDetail);
    expect(jobs.map(({ name, stuck }) => [name, stuck])).toEqual([
      ['big', 'No runner has the tag `gpu`'],
      ['plain', undefined],
      ['later', undefined],
    ]);
    const { job } = await read(restOf(lab), `/jobs/${jobs[0]?.id}`, JobDetail);
    expect(job.stuck).toBe('No runner has the tag `gpu`');
  });

  test('is what happened, and is what the schemas say', async () => {
    const lab = await publishedLab();
    const sha = lab.context.pipelines.record('1')?.head as string;
    lab.context.ledger.receive('lab', {
      refs: new Map([
        ['refs/heads/main', sha],
        ['refs/heads/other', sha],
      ]),
      events: [],
      at: '',
    });
    const app = restOf(lab);
    const { stacks } = await read(app, '/stacks', StackList);
    expect(stacks.map(({ name }) => name)).toEqual(['lab']);
    const stack = await read(app, '/stacks/lab', StackView);
    expect(stack.branches).toMatchObject([
      { name: 'main', pipeline: { id: '1', status: 'success', trust: 'protected' }, status: { state: 'success' } },
    ]);
    const detail = await read(app, '/pipelines/1', PipelineDetail);
    expect(detail.jobs.map(({ name, kind, status }) => `${name} ${kind} ${status}`)).toEqual([
      'generate script success',
      'build trigger success',
    ]);
    expect(detail.children.map(({ parent, jobs }) => [parent, ...jobs.map(({ name }) => name)])).toEqual([
      ['1', 'tide', 'gauge'],
    ]);
    expect(detail.children.map(({ roots }) => roots)).toEqual([['gauge']]);
    const [tide] = (await read(app, '/jobs?name=tide', JobList)).jobs;
    expect(await read(app, `/jobs/${tide?.id}`, JobDetail)).toMatchObject({
      job: { name: 'tide', status: 'success' },
      root: { id: '1' },
      pipeline: { id: '2' },
    });
  });

  test('shows a pull request without its author’s address', async () => {
    const lab = await openLab();
    const { event } = lab.push('main');
    await lab.happens(event);
    lab.context.ledger.saveRequest({
      stack: 'lab',
      number: '7',
      title: 'More',
      headSha: 'a'.repeat(40),
      baseBranch: 'main',
      baseSha: 'b'.repeat(40),
      fork: true,
      author: 'Ann <ann@example.org>',
      state: 'open',
    });
    const { requests } = await read(restOf(lab), '/stacks/lab', StackView);
    expect(requests).toMatchObject([{ number: '7', author: 'Ann', fork: true }]);
    expect(requests[0]?.pipeline).toBeUndefined();
  });

  test('lists the mirror’s packages from its index, and one as its manifest says', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    const all = await read(app, '/stacks/lab/packages', PackageList);
    expect(all).toMatchObject({ total: 2, signedBy: lab.context.signing.fingerprint });
    expect(all.packages.map(({ name }) => name)).toEqual(['gauge', 'tide']);
    const [tide] = (await read(app, '/stacks/lab/packages?q=ti', PackageList)).packages;
    expect((await read(app, `/stacks/lab/packages?q=${tide?.hash.slice(0, 6)}`, PackageList)).total).toBe(1);
    const detail = await read(app, `/stacks/lab/packages/${tide?.hash}`, PackageDetail);
    expect(detail.signature).toEqual({ state: 'signed', fingerprint: lab.context.signing.fingerprint, key: 'signing' });
    expect(detail.tarball?.size).toBeGreaterThan(0);
    expect((await app.request('/api/v1/stacks/lab/packages?q=a@1%20b@1')).status).toBe(400);
    expect((await app.request('/api/v1/stacks/lab/packages?request=99')).status).toBe(404);
  });

  test('connects a package with its dependents, the images that contain it, its builds and its files', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    const path = `/stacks/lab/packages/${lock.tide.hash}`;
    const { dependents, images, builds } = await read(app, path, PackageDetail);
    expect(dependents).toMatchObject([{ name: 'gauge', types: ['build', 'link'], mirror: 'this' }]);
    expect(images).toMatchObject([{ repository: 'lab/stack', tag: 'latest', state: 'published' }]);
    expect(builds).toMatchObject([{ name: 'tide', status: 'success', pipeline: '1', trust: 'protected' }]);
    const gauge = await read(app, `/stacks/lab/packages/${lock.gauge.hash}`, PackageDetail);
    expect(gauge.dependencies).toMatchObject([{ name: 'tide', version: '1.0', hash: lock.tide.hash, mirror: 'this' }]);
    const { files, total, installedSize } = await read(app, `${path}/files?q=bin/`, PackageFiles);
    expect(files.map(({ path: file, kind, target }) => [file, kind, target])).toEqual([
      ['bin/alias', 'symlink', 'tide'],
      ['bin/tide', 'file', undefined],
    ]);
    expect([total, installedSize > 0]).toEqual([2, true]);
    expect((await app.request(`/api/v1/stacks/lab/packages/${'a'.repeat(32)}/files`)).status).toBe(404);
  });

  test('gives an image with its layers, their packages, and how to pull it', async () => {
    const lab = await publishedLab();
    const [image] = (await read(restOf(lab), '/stacks/lab', StackView)).images;
    const detail = await read(restOf(lab), `/images/${image?.id}`, ImageDetail);
    expect(detail.image).toMatchObject({ repository: 'lab/stack', tag: 'latest', state: 'published' });
    expect(detail.pull).toEqual({
      tag: '127.0.0.1:1/lab/stack:latest',
      digest: `127.0.0.1:1/lab/stack@${detail.image.digest}`,
      insecure: true,
      mirror: expect.stringMatching(/^http:\/\/127.0.0.1:1\/mirrors\/lab\/locks\/[0-9a-f]{64}$/),
    });
    const [contents] = detail.contents ?? [];
    const packages = contents?.layers.flatMap((layer) => layer.packages.map((one) => one.split('@')[0]));
    expect([contents?.platform, packages]).toEqual(['linux/amd64', ['tide', 'gauge']]);
    expect([detail.previous, detail.next]).toEqual([undefined, undefined]);
  });

  test('gives the records of an image with what was verified, and each as a file', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    const records = await read(app, '/images/1/records', ImageRecords);
    expect(records).toMatchObject({ state: 'verified', findings: [], platforms: [{ entries: 2, findings: [] }] });
    expect(records.platforms[0]?.records.map(({ name }) => name)).toEqual(['spdx', 'cyclonedx', 'provenance']);
    const file = await app.request('/api/v1/images/1/records/spdx');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="image-1-spdx.json"');
    expect(await file.json()).toMatchObject({ spdxVersion: 'SPDX-2.3' });
    for (const path of ['records/else', 'records/spdx?platform=linux/arm64', 'diff/99'])
      expect((await app.request(`/api/v1/images/1/${path}`)).status, path).toBe(404);
  });

  test('compares two images, and lists those of a stack that match', async () => {
    const lab = await publishedLab();
    const sha = lab.context.pipelines.record('1')?.head as string;
    await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha });
    await lab.workAll();
    const app = restOf(lab);
    const list = (query: string) => read(app, `/stacks/lab/images${query}`, ImageList);
    const { images, next } = await list('?limit=1');
    expect([images.map(({ tag }) => tag), next]).toEqual([['1'], '2']);
    expect((await list(`?before=${next}`)).images.map(({ tag }) => tag)).toEqual(['latest']);
    expect((await list(`?contains=${lock.tide.hash}`)).images).toHaveLength(2);
    expect((await list(`?contains=${lock.tide.hash}&tag=latest`)).images.map(({ id }) => id)).toEqual(['1']);
    expect((await list('?repository=lab/other')).images).toEqual([]);
    const { from, to, platforms } = await read(app, '/images/2/diff/1', ImageComparison);
    expect([from.tag, to.tag]).toEqual(['latest', '1']);
    expect(platforms).toMatchObject([{ platform: 'linux/amd64', added: [], removed: [], changed: [], same: 2 }]);
  });

  test('gives a job the lock that its branch tested before, for another tree', async () => {
    const lab = await publishedLab();
    await lab.happens(lab.push('main', { 'spack.yaml': 'spack: { specs: [tide] }\n' }).event);
    const app = restOf(lab);
    const { pipelines } = await read(app, '/pipelines', PipelineList);
    const newest = pipelines.find(({ parent }) => parent === undefined)?.id ?? '';
    const { jobs } = await read(app, `/pipelines/${newest}`, PipelineDetail);
    const path = `/jobs/${jobs[0]?.id}/tested-locks`;
    expect((await app.request(`/api/v1${path}`)).status).toBe(404);
    const { pipeline, standing, locks } = await read(app, `${path}?of=base`, TestedLocks);
    expect({ pipeline, standing, count: locks.length }).toEqual({ pipeline: '1', standing: 'trusted', count: 1 });
    const digest = lab.context.pipelines.locks('1')[0]?.digest;
    expect(locks[0]?.digest).toBe(digest);
    expect((await app.request(`/api/v1${path}?of=all`)).status).toBe(400);
  });

  test('comes in pages', async () => {
    const lab = await openLab();
    for (const name of ['one', 'two', 'three']) {
      const { event } = lab.push('main', { 'spack.yaml': `spack: { specs: [${name}] }\n` });
      await lab.happens(event);
    }
    const app = restOf(lab);
    const first = await read(app, '/pipelines?stack=lab&limit=2', PipelineList);
    expect([first.pipelines.map(({ id }) => id), first.next]).toEqual([['3', '2'], '2']);
    const second = await read(app, `/pipelines?stack=lab&limit=2&before=${first.next}`, PipelineList);
    expect([second.pipelines.map(({ id }) => id), second.next]).toEqual([['1'], undefined]);
    const attempts = await read(app, '/jobs?name=generate&limit=2', JobList);
    expect([attempts.jobs.map(({ pipeline }) => pipeline), attempts.next]).toEqual([['3', '2'], attempts.jobs[1]?.id]);
    const older = await read(app, `/jobs?name=generate&stack=lab&before=${attempts.next}`, JobList);
    expect([older.jobs.map(({ pipeline }) => pipeline), older.next]).toEqual([['1'], undefined]);
  });

  test('gives the jobs of a pipeline and of its children in pages, or those of a name', async () => {
    const app = restOf(await publishedLab());
    const first = await read(app, '/pipelines/1?limit=1', PipelineDetail);
    expect([first.jobs.map(({ name }) => name), first.children.map(({ jobs }) => jobs)]).toEqual([['generate'], [[]]]);
    const page = async (query: string) => {
      const { jobs, next } = await read(app, `/pipelines/1/jobs${query}`, JobPage);
      return [jobs.map(({ name, pipeline, status }) => `${pipeline} ${name} ${status}`), next];
    };
    expect(await page(`?after=${first.next}&limit=2`)).toEqual([['1 build success', '2 tide success'], '2.0']);
    expect(await page('?after=2.0&limit=2')).toEqual([['2 gauge success'], undefined]);
    expect(await page('?name=gauge')).toEqual([['2 gauge success'], undefined]);
    expect((await app.request('/api/v1/pipelines/1/jobs?after=gauge')).status).toBe(400);
  });

  test('leaves out of a list what the reader may not read, and keeps the pages full', async () => {
    const lab = await openLab({ stack: { private: true } });
    for (const one of ['one', 'two', 'three']) await lab.happens(lab.push('main', { ...tinyStack, one }).event);
    const open = { ...lab.stack, configuration: { ...lab.stack.configuration, name: 'open', private: false } };
    (lab.context.stacks as Map<string, Stack>).set('open', open);
    const [at, plan] = [timestamp(lab.context.clock), lab.context.pipelines.state('1').plan];
    const { id } = lab.context.pipelines.create(
      { ...(lab.context.pipelines.record('1') as PipelineRecord), stack: 'open' },
      { at, state: (own) => createPipeline(own, plan) },
    );
    const list = async (as?: Principal) => {
      const { pipelines, next } = await readAs(lab, { path: '/pipelines?limit=2', as, schema: PipelineList });
      return [pipelines.map((one) => one.id), next];
    };
    expect(await list()).toEqual([[id], undefined]);
    expect(await list(person('read', 'lab'))).toEqual([[id, '3'], '3']);
    expect(await list(person('read', '*'))).toEqual([[id, '3'], '3']);
    const named = await readAs(lab, { path: '/jobs?name=generate', schema: JobList });
    expect(named.jobs).toEqual([]);
  });

  test('is refused with a code and a remedy where it is not there, or the query makes no sense', async () => {
    const app = restOf(await openLab());
    for (const path of ['/stacks/lap', '/stacks/lap/packages', '/pipelines?stack=lap', '/jobs?name=x&stack=lap']) {
      const response = await app.request(`/api/v1${path}`);
      expect([response.status, await response.json()], path).toEqual([
        404,
        { code: 'STACK_UNKNOWN', message: 'There is no stack `lap`.', hint: 'Did you mean `lab`?' },
      ]);
    }
    for (const path of [
      '/pipelines/9',
      '/jobs/9',
      '/jobs/9/log',
      '/jobs/9/log/index',
      '/jobs/9/log/search?q=x',
      '/images/9',
    ]) {
      const response = await app.request(`/api/v1${path}`);
      expect([response.status, Problem.parse(await response.json()).code], path).toEqual([404, 'SERVER_NOT_FOUND']);
    }
    const response = await app.request('/api/v1/pipelines?limit=many');
    expect([response.status, Problem.parse(await response.json()).code]).toEqual([400, 'SERVER_QUERY_INVALID']);
  });
});

describe('a log', () => {
  test('is sent whole or in part, as text that no browser takes for a page', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    await writeLog(lab, '1', '<script>alert(1)</script>\nsecond\n');
    const whole = await app.request('/api/v1/jobs/1/log');
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
    expect(whole.headers.get('content-security-policy')).toMatch(/^sandbox/);
    expect(await whole.text()).toBe('<script>alert(1)</script>\nsecond\n');
    const part = await app.request('/api/v1/jobs/1/log', { headers: { range: 'bytes=26-31' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 26-31/33',
      'second',
    ]);
    const tail = await app.request('/api/v1/jobs/1/log', { headers: { range: 'bytes=26-' } });
    expect([tail.status, await tail.text()]).toEqual([206, 'second\n']);
    const end = await app.request('/api/v1/jobs/1/log', { headers: { range: 'bytes=33-' } });
    expect([end.status, end.headers.get('content-range')]).toEqual([416, 'bytes */33']);
  });

  test('has an index that grows with it, and starts again where the log did', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    await writeLog(lab, '1', 'one\ntwo');
    expect(await read(app, '/jobs/1/log/index', LogIndex)).toMatchObject({ size: 7, lines: 2 });
    await writeLog(lab, '1', 'one\ntwo\nmain.c:3: error: no\n');
    expect(await read(app, '/jobs/1/log/index', LogIndex)).toMatchObject({ lines: 3, firstError: 3 });
    await writeLog(lab, '1', 'x\n');
    expect(await read(app, '/jobs/1/log/index', LogIndex)).toEqual({
      size: 2,
      lines: 1,
      checkpoints: [[1, 0]],
      sections: [],
    });
  });
});

describe('the search in a log', () => {
  test('answers the lines of a job, and refuses a pattern that RE2 does not accept', async () => {
    const lab = await publishedLab();
    const app = restOf(lab);
    await writeLog(lab, '1', 'one\nmain.c:3: error: no\nError 2\n');
    const { hits, complete } = await read(app, '/jobs/1/log/search?q=error', LogSearch);
    expect([hits.map(({ line }) => line), complete]).toEqual([[2, 3], true]);
    const exact = await read(app, '/jobs/1/log/search?q=Err.r&regex=true&case=true', LogSearch);
    expect(exact.hits).toEqual([{ line: 3, ranges: [[0, 5]] }]);
    const refused = await app.request('/api/v1/jobs/1/log/search?q=(&regex=true');
    expect([refused.status, Problem.parse(await refused.json()).code]).toEqual([400, 'SERVER_PATTERN_INVALID']);
  });
});

describe('the interface', () => {
  test('says that it is well only while the store answers', async () => {
    const lab = await openLab();
    expect(await (await healthRoutes(lab.context).request('/readyz')).text()).toBe('ready\n');
    await lab.context.drain.run(AbortSignal.abort());
    expect(await (await healthRoutes(lab.context).request('/readyz')).text()).toBe('draining\n');
    const active = (): never => {
      throw new Error('disk I/O error');
    };
    const context = { ...lab.context, pipelines: { ...lab.context.pipelines, active } };
    const broken = healthRoutes(context);
    expect((await broken.request('/readyz')).status).toBe(503);
    expect((await broken.request('/healthz')).status).toBe(200);
  });
});
