import { describe, expect, test } from 'vitest';
import type { MirrorGrant } from '../../coordinator/index.ts';
import { decideAccess, type GatewayAction } from './s3-grant.ts';

const HASH = 'abcdefghijklmnopqrstuvwxyz234567';
const OTHER = '234567abcdefghijklmnopqrstuvwxyz';
const DIGEST = '0123456789abcdef'.repeat(4);
const MANIFEST = `v3/manifests/spec/zlib/zlib-1.3.1-${HASH}.spec.manifest.json`;

const STEM = `linux-debian12-x86_64_v3-gcc-12.2.0-zlib-1.3.1-${HASH}`;
const V2 = `build_cache/${STEM}`;
const V2_TARBALL = `build_cache/linux-debian12-x86_64_v3/gcc-12.2.0/zlib-1.3.1/${STEM}.spack`;

const request: MirrorGrant = {
  job: '7',
  buckets: ['stack'],
  readPrefixes: ['', 'pr/7/'],
  writePrefix: 'pr/7/',
  hashes: new Set([HASH]),
};
const protectedJob: MirrorGrant = { ...request, readPrefixes: [''], writePrefix: '' };
const indexJob: MirrorGrant = { ...request, writePrefix: undefined, hashes: new Set(), indexRoot: 'pr/7/' };
const reader: MirrorGrant = { ...request, writePrefix: undefined, hashes: new Set() };

type Row = readonly [who: string, grant: MirrorGrant, action: GatewayAction, key: string];

describe('what a job may do', () => {
  const allowed: readonly Row[] = [
    ['a request', request, 'read', 'v3/layout.json'],
    ['a request', request, 'read', `blobs/sha256/01/${DIGEST}`],
    ['a request', request, 'read', `locks/${DIGEST}/v3/layout.json`],
    ['a request', request, 'read', 'build_cache/index.json'],
    ['a request', request, 'read', 'pr/7/v3/layout.json'],
    ['a request', request, 'list', 'v3/manifests/spec/'],
    ['a request', request, 'list', 'v3'],
    ['a request', request, 'list', ''],
    ['a request', request, 'list', 'pr/7'],
    ['a request', request, 'list', 'pr/7/v3/manifests'],
    ['a request', request, 'write', `pr/7/blobs/sha256/01/${DIGEST}`],
    ['a request', request, 'write', `pr/7/${MANIFEST}`],
    ['a protected job', protectedJob, 'write', `blobs/sha256/01/${DIGEST}`],
    ['a protected job', protectedJob, 'write', MANIFEST],
    ['a protected job', protectedJob, 'write', `v3/manifests/spec/r-a.b/r-a.b-1.0-rc1-${HASH}.spec.manifest.json`],
    ['a reader', reader, 'read', MANIFEST],
    ['a request', request, 'write', `pr/7/${V2}.spec.json`],
    ['a request', request, 'write', `pr/7/${V2_TARBALL}`],
    ['a request', request, 'write', `pr/7/${V2}.cdashid`],
    ['a protected job', protectedJob, 'write', V2_TARBALL],
    ['an index job', indexJob, 'write', 'pr/7/build_cache/index.json'],
    ['an index job', indexJob, 'write', 'pr/7/build_cache/index.json.hash'],
    ['an index job', indexJob, 'write', 'pr/7/build_cache/_pgp/A.pub'],
    ['an index job', indexJob, 'write', 'pr/7/v3/layout.json'],
    ['an index job', indexJob, 'write', 'pr/7/v3/manifests/index/index.manifest.json'],
    ['an index job', indexJob, 'write', 'pr/7/v3/manifests/key/A.key.manifest.json'],
    ['an index job', indexJob, 'write', `pr/7/blobs/sha256/01/${DIGEST}`],
    ['a request with that grant', request, 'delete', `pr/7/blobs/sha256/01/${DIGEST}`],
    ['a protected job with that grant', protectedJob, 'delete', MANIFEST],
  ];
  test.each(allowed)('%s (%#) is allowed', (_who, grant, action, key) => {
    expect(decideAccess(grant, action, key)).toMatchObject({ allow: true });
  });

  const refused: readonly Row[] = [
    ['reading another request', request, 'read', 'pr/8/v3/layout.json'],
    ['reading a request whose number begins alike', request, 'read', 'pr/70/v3/layout.json'],
    ['a protected job reading a request', protectedJob, 'read', 'pr/7/v3/layout.json'],
    ['reading what is no part of a mirror', request, 'read', 'keys/secret.asc'],
    ['reading upwards', request, 'read', 'v3/../pr/8/v3/layout.json'],
    ['reading with an empty part', request, 'read', 'v3//layout.json'],
    ['listing all requests', request, 'list', 'pr/'],
    ['listing requests by the first digit', protectedJob, 'list', 'pr/7'],
    ['listing another request', request, 'list', 'pr/8/'],
    ['listing with a piece of a name', request, 'list', 'p'],
    ['writing on the protected root', request, 'write', `blobs/sha256/01/${DIGEST}`],
    ['writing another request', request, 'write', `pr/8/blobs/sha256/01/${DIGEST}`],
    ['writing another hash', request, 'write', `pr/7/${MANIFEST.replace(HASH, OTHER)}`],
    [
      'writing a name that is not that of its folder',
      request,
      'write',
      `pr/7/${MANIFEST.replace('spec/zlib/', 'spec/xz/')}`,
    ],
    ['an index job writing a manifest', indexJob, 'write', `pr/7/${MANIFEST}`],
    ['an index job writing a spec file', indexJob, 'write', `pr/7/${V2}.spec.json`],
    ['an index job on the protected root', indexJob, 'write', 'build_cache/index.json'],
    ['an index job deleting an index', indexJob, 'delete', 'pr/7/build_cache/index.json'],
    ['writing an index', request, 'write', 'pr/7/v3/manifests/index/index.manifest.json'],
    ['writing a key', request, 'write', 'pr/7/v3/manifests/key/A.key.manifest.json'],
    ['writing the layout', protectedJob, 'write', 'v3/layout.json'],
    ['writing a view', protectedJob, 'write', `locks/${DIGEST}/${MANIFEST}`],
    ['a protected job writing a request', protectedJob, 'write', `pr/7/${MANIFEST}`],
    ['writing a blob into a wrong folder', request, 'write', `pr/7/blobs/sha256/02/${DIGEST}`],
    ['writing a blob with another name', request, 'write', 'pr/7/blobs/sha256/01/01'],
    ['a reader writing', reader, 'write', `blobs/sha256/01/${DIGEST}`],
    ['a job without a package writing a manifest', { ...request, hashes: new Set() }, 'write', `pr/7/${MANIFEST}`],
    ['deleting on the protected root', request, 'delete', `blobs/sha256/01/${DIGEST}`],
    ['deleting another entry', protectedJob, 'delete', MANIFEST.replace(HASH, OTHER)],
    ['deleting an index', protectedJob, 'delete', 'v3/manifests/index/index.manifest.json'],
    ['deleting a request', protectedJob, 'delete', `pr/7/${MANIFEST}`],
    ['a reader deleting', reader, 'delete', `blobs/sha256/01/${DIGEST}`],
    ['writing another spec file', request, 'write', `pr/7/${V2.replace(HASH, OTHER)}.spec.json`],
    ['writing a spec file that is signed', protectedJob, 'write', `${V2}.spec.json.sig`],
    ['writing another tarball', protectedJob, 'write', V2_TARBALL.replaceAll(HASH, OTHER)],
    ['writing a tarball into dots', protectedJob, 'write', V2_TARBALL.replace('gcc-12.2.0/', '.../')],
    ['writing an index of layout v2', protectedJob, 'write', 'build_cache/index.json'],
    ['writing a key of layout v2', protectedJob, 'write', 'build_cache/_pgp/A.pub'],
  ];
  test.each(refused)('%s is refused', (_what, grant, action, key) => {
    expect(decideAccess(grant, action, key)).toMatchObject({ allow: false, reason: expect.any(String) });
  });
});

test('an update of an index is of no other kind: what a job sends is not stored', () => {
  const job = { ...request, indexRoot: 'pr/7/' };
  const kindOf = (grant: MirrorGrant, key: string) => decideAccess(grant, 'write', key);
  expect(kindOf(job, 'pr/7/build_cache/index.json')).toEqual({ allow: true, kind: 'index' });
  expect(kindOf(job, `pr/7/blobs/sha256/01/${DIGEST}`)).toMatchObject({ kind: 'blob' });
  expect(kindOf(indexJob, `pr/7/blobs/sha256/01/${DIGEST}`)).toEqual({ allow: true, kind: 'index' });
});
