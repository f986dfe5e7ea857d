import { readAudit } from '../../src/audit/index.ts';
import { AwsClient } from 'aws4fetch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AssignedJob } from '../../src/pipeline/index.ts';
import { sha256 } from '../../src/kit/index.ts';
import { indexManifestKey, keyManifestKey, keysManifestKey, layoutKey, manifestKey } from '../../src/spack/index.ts';
import { childPipeline } from '../support/child-pipeline.ts';
import { lock, openLab, type Lab } from '../support/coordinator.ts';
import { gather } from '../support/gather.ts';
import { serveLab, type LabGateway } from '../support/lab-gateway.ts';
import { tinyNode } from '../support/mirror-package.ts';

const { gauge, tide } = lock;
const FINGERPRINT = 'A'.repeat(40);
const EVIL = 'evil';
const blob = (text: string) => `blobs/sha256/${sha256(text).slice(0, 2)}/${sha256(text)}`;

let lab: Lab;
let gateway: LabGateway;

/** The job that builds `tide`, in a pipeline of pull request 7 or of the protected branch. */
async function takeJob(kind: 'request' | 'branch', files?: Readonly<Record<string, string>>): Promise<AssignedJob> {
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha));
  const generate = (await lab.take())!;
  await lab.leave(generate, { ...lab.generated(), ...files });
  await lab.finish(generate);
  return (await lab.take())!;
}

interface Answer {
  readonly status: number;
  /** S3's own code. */
  readonly code: string | undefined;
  readonly text: string;
}

function clientOf(job: AssignedJob): AwsClient {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = gateway.variables(job);
  return new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1', retries: 0 });
}

async function ask(job: AssignedJob, path: string, init: RequestInit & { aws?: object } = {}): Promise<Answer> {
  const answer = await clientOf(job).fetch(`${gateway.url}/s3/${path}`, init);
  const text = await answer.text();
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text };
}

/** Reads what the audit log has of jobs. */
const audited = () => [...readAudit(lab.folder.audit, { who: 'job:*' })];

const everything = async () => (await gather(lab.stack.mirror.whole.list(''))).map(({ key }) => key);

beforeEach(async () => {
  lab = await openLab({ stack: { layouts: ['v3', 'v2'] } });
  gateway = await serveLab(lab);
});
afterEach(() => gateway.close());

describe('a hostile client with the credentials of a pull request’s job', () => {
  let job: AssignedJob;
  let before: readonly string[];
  beforeEach(async () => {
    await lab.stack.mirror.whole.put('pr/8/v3/layout.json', Buffer.from('{}'));
    await lab.stack.mirror.whole.put(`pr/8/${blob('theirs')}`, Buffer.from('theirs'));
    job = await takeJob('request');
    before = await everything();
  });

  const put = { method: 'PUT', body: EVIL };
  test.each([
    ['write a blob of the protected mirror', `lab/${blob(EVIL)}`, put],
    ['write a manifest of the protected mirror', `lab/${manifestKey(tide)}`, put],
    ['write a blob of another pull request', `lab/pr/8/${blob(EVIL)}`, put],
    ['write the manifest of another hash', `lab/pr/7/${manifestKey(gauge)}`, put],
    [
      'write its own hash under another name',
      `lab/pr/7/${manifestKey({ ...tide, name: 'gauge' }).replace('gauge-', 'tide-')}`,
      put,
    ],
    ['write the spec file of another hash', `lab/pr/7/build_cache/linux-x-gauge-2.1-${gauge.hash}.spec.json`, put],
    ['write a signed spec file', `lab/pr/7/build_cache/linux-x-tide-1.0-${tide.hash}.spec.json.sig`, put],
    ['write the index', `lab/pr/7/${indexManifestKey}`, put],
    ['write the index of layout v2', 'lab/pr/7/build_cache/index.json', put],
    ['write the index of the protected mirror', `lab/${indexManifestKey}`, put],
    ['write a key', `lab/pr/7/${keyManifestKey(FINGERPRINT)}`, put],
    ['write the list of keys', `lab/${keysManifestKey}`, put],
    ['write a key of layout v2', `lab/pr/7/build_cache/_pgp/${FINGERPRINT}.pub`, put],
    ['write the mark of a mirror', `lab/pr/7/${layoutKey}`, put],
    ['write a view', `lab/locks/${'0'.repeat(64)}/${manifestKey(tide)}`, put],
    ['climb out of its prefix', `lab/pr/7/..%2f..%2f${blob(EVIL)}`, put],
    ['climb out with a backslash', `lab/pr/7/..%5c${blob(EVIL)}`, put],
    ['upload in parts elsewhere', `lab/${blob(EVIL)}?uploads`, { method: 'POST' }],
    ['delete a blob of another pull request', `lab/pr/8/${blob('theirs')}`, { method: 'DELETE' }],
    ['delete the mark of the protected mirror', `lab/${layoutKey}`, { method: 'DELETE' }],
    ['list another pull request', 'lab?list-type=2&prefix=pr/8/', { method: 'GET' }],
    ['list all pull requests', 'lab?list-type=2&prefix=pr/', { method: 'GET' }],
    ['read from another pull request', `lab/pr/8/${blob('theirs')}`, { method: 'GET' }],
    ['use another bucket', `other/pr/7/${blob(EVIL)}`, put],
    ['list the buckets', '', { method: 'GET' }],
    ['change the bucket', 'lab?policy', put],
    ['write by a presigned URL', `lab/pr/7/${blob(EVIL)}`, { ...put, aws: { signQuery: true } }],
  ] as const)('can not %s, which is written down', async (_what, path, init) => {
    expect(await ask(job, path, init)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(audited()).toMatchObject([
      { who: `job:${job.run.id}`, outcome: 'refused', details: { method: init.method }, reason: expect.any(String) },
    ]);
    expect(await everything()).toEqual(before);
  });

  test('sees of the mirror’s root, and of what begins like its own prefix, only what it may read', async () => {
    await lab.stack.mirror.whole.put('pr/77/v3/layout.json', Buffer.from('{}'));
    const keysOf = async (path: string) => (await ask(job, path)).text.match(/(?<=<Key>)[^<]*/g);
    expect(await keysOf('lab?prefix=pr/7')).toEqual(['pr/7/v3/layout.json']);
    expect(await keysOf('lab?list-type=2')).toEqual(['pr/7/v3/layout.json', 'v3/layout.json']);
  });

  test('hears that its own object is gone when it deletes it, and finds it where it was', async () => {
    const key = `pr/7/${blob('mine')}`;
    expect(await ask(job, `lab/${key}`, { method: 'PUT', body: 'mine' })).toMatchObject({ status: 200 });
    expect(await ask(job, `lab/${key}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await ask(job, `lab/${key}`)).toMatchObject({ status: 200, text: 'mine' });
    expect(audited()).toMatchObject([{ who: `job:${job.run.id}`, action: 'mirror.delete', on: key }]);
  });

  test('deletes many at once as little as one', async () => {
    const keys = [`pr/8/${blob('theirs')}`, layoutKey];
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const { status, text } = await ask(job, 'lab?delete', { method: 'POST', body });
    expect([status, text.match(/<Code>AccessDenied<\/Code>/g)?.length]).toEqual([200, 2]);
    expect(audited().map(({ on }) => on)).toEqual(keys);
    expect(await everything()).toEqual(before);
  });

  test('copies nothing from elsewhere', async () => {
    const headers = { 'x-amz-copy-source': `/lab/pr/8/${blob('theirs')}` };
    const answer = await ask(job, `lab/pr/7/${blob('theirs')}`, { method: 'PUT', headers });
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await everything()).toEqual(before);
  });

  test('has no rights when its job has ended', async () => {
    await lab.finish(job, { state: 'failed' });
    const answer = await ask(job, `lab/pr/7/${blob(EVIL)}`, put);
    expect(answer).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
    expect(await ask(job, `lab/${layoutKey}`)).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
  });

  test('has nothing signed: its own package stays unsigned, and out of the protected mirror', async () => {
    await lab.build(job);
    expect(await lab.signed()).toEqual([]);
    expect(await gather(lab.stack.mirror.root('').list('v3/manifests/spec/'))).toEqual([]);
    expect((await lab.stack.mirror.root('pr/7').get(manifestKey(tide)))?.toString()).not.toContain('BEGIN PGP');
  });
});

test('a job of a pull request cannot push a package that its pipeline’s lock has not, whatever it says that it builds', async () => {
  const intruder = tinyNode('intruder', '6.6', []);
  const job = await takeJob('request', {
    'jobs_scratch_dir/pipeline.yml': childPipeline([{ node: intruder, needs: [] }]),
  });
  expect([...(lab.grantOf(job)?.hashes ?? [])]).toEqual([intruder.hash]);
  const answer = await ask(job, `lab/pr/7/${manifestKey(intruder)}`, { method: 'PUT', body: '{}' });
  expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('MANIFEST_NOT_IN_LOCK') });
  expect(audited()).toMatchObject([{ who: `job:${job.run.id}`, outcome: 'refused' }]);
  expect(await gather(lab.stack.mirror.root('pr/7').list('v3/manifests/spec/'))).toEqual([]);
});

describe('a hostile job of the protected branch', () => {
  test('gets nothing signed that its pipeline’s lock has not, and that is written down', async () => {
    const intruder = tinyNode('intruder', '6.6', []);
    const files = { 'jobs_scratch_dir/pipeline.yml': childPipeline([{ node: intruder, needs: [] }]) };
    const job = await takeJob('branch', files);
    const answer = await ask(job, `lab/${manifestKey(intruder)}`, { method: 'PUT', body: '{}' });
    expect(answer).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      text: expect.stringContaining('NOTARY_NOT_IN_LOCK'),
    });
    expect(audited()).toMatchObject([
      {
        who: `job:${job.run.id}`,
        action: 'mirror.push',
        on: manifestKey(intruder),
        reason: expect.stringContaining('is not in lock'),
      },
    ]);
    expect(await lab.signed()).toEqual([]);
    expect(await gather(lab.stack.mirror.root('').list('v3/manifests/spec/'))).toEqual([]);
  });

  test('gets no other package of the lock signed than its own', async () => {
    const job = await takeJob('branch');
    const answer = await ask(job, `lab/${manifestKey(gauge)}`, { method: 'PUT', body: '{}' });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(audited()).toMatchObject([{ who: `job:${job.run.id}`, on: manifestKey(gauge) }]);
    expect(await lab.signed()).toEqual([]);
  });

  test('does not read what pull requests pushed', async () => {
    await lab.stack.mirror.whole.put(`pr/8/${blob('theirs')}`, Buffer.from('theirs'));
    const job = await takeJob('branch');
    expect(await ask(job, `lab/pr/8/${blob('theirs')}`)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect((await ask(job, 'lab?list-type=2')).text).not.toContain('pr/');
  });
});

describe('requests that were altered, are old, or have no known sender', () => {
  const HOUR_MS = 3_600_000;
  let job: AssignedJob;
  let url: string;
  beforeEach(async () => {
    job = await takeJob('request');
    url = `${gateway.url}/s3/lab/${layoutKey}`;
  });

  /** `X-Amz-Date` of so many milliseconds ago. */
  const dated = (ago: number) => new Date(Date.now() - ago).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');

  const signed = (method: string, aws: object) => clientOf(job).sign(url, { method, aws });

  async function answer(request: Request | string): Promise<string> {
    const answer = await fetch(request);
    const text = await answer.text();
    return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
  }

  async function presigned(ago: number = 0): Promise<URL> {
    const given = new URL(url);
    given.searchParams.set('X-Amz-Expires', '600');
    return new URL((await clientOf(job).sign(given, { aws: { signQuery: true, datetime: dated(ago) } })).url);
  }

  test('a presigned URL reads until it expires, and what it says can not be changed', async () => {
    expect(await answer((await presigned()).href)).toBe('200 {"signing": "gpg"}');
    expect(await answer((await presigned(HOUR_MS)).href)).toBe('403 AccessDenied');
    const longer = await presigned(HOUR_MS);
    longer.searchParams.set('X-Amz-Expires', '86400');
    expect(await answer(longer.href)).toBe('403 SignatureDoesNotMatch');
    const other = await presigned();
    other.pathname = other.pathname.replace(layoutKey, indexManifestKey);
    expect(await answer(other.href)).toBe('403 SignatureDoesNotMatch');
    expect(await answer(new Request((await presigned()).href, { method: 'PUT', body: EVIL }))).toBe(
      '403 SignatureDoesNotMatch',
    );
  });

  test('a signature of an hour ago, of another request or of none is distinguished', async () => {
    expect(await answer(await signed('GET', { datetime: dated(HOUR_MS) }))).toBe('403 RequestTimeTooSkewed');
    const { headers } = await signed('GET', {});
    expect(await answer(new Request(`${url}x`, { headers }))).toBe('403 SignatureDoesNotMatch');
    expect(await answer(url)).toBe('403 AccessDenied');
    const authorization = headers.get('authorization')?.replace('/s3/', '/sts/') ?? '';
    expect(await answer(new Request(url, { headers: { ...Object.fromEntries(headers), authorization } }))).toBe(
      '400 AuthorizationHeaderMalformed',
    );
  });

  test('another body than the one that was signed is refused, and not kept', async () => {
    url = `${gateway.url}/s3/lab/pr/7/${blob(EVIL)}`;
    const headers = { 'x-amz-content-sha256': sha256('good') };
    expect(await answer(await clientOf(job).sign(url, { method: 'PUT', headers, body: EVIL }))).toBe(
      '400 XAmzContentSHA256Mismatch',
    );
    expect(await lab.stack.mirror.whole.head(`pr/7/${blob(EVIL)}`)).toBeUndefined();
  });
});
