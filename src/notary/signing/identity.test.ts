import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { localNotary } from '../../../test/support/local-notary.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { audience, testIssuer, type TestIssuer } from '../../../test/support/test-issuer.ts';
import { IdentityProvider, createIdentityVerifier } from '../../identity/index.ts';
import { folderStore } from '../../mirror/index.ts';
import { lockDigest, manifestKey, writeLockfile } from '../../spack/index.ts';
import { generateKey } from '../keys/openpgp-key.ts';
import { createSigner } from '../keys/openpgp-signer.ts';
import type { Notary } from '../notary.ts';
import { createSigningLog } from './signing-log.ts';

const lock = tinyLock();
const lockText = writeLockfile(lock);
const digest = lockDigest(lockText);
const other = 'f'.repeat(64);
const key = await generateKey({ name: 'Lab', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' });

let issuer: TestIssuer;
let folder: string;
let now: number;
let notary: Notary;

async function open(isRequired = false): Promise<Notary> {
  const clock = { now: () => now };
  const provider = IdentityProvider.parse({ issuer: issuer.url, audience, project: 'lab/stack', lifetime: 600 });
  return localNotary({
    signer: createSigner(key, clock),
    store: folderStore(join(folder, 'mirror'), { durable: false }),
    signingLog: await createSigningLog(join(folder, 'signing.log'), { clock }),
    identities: { verifier: createIdentityVerifier([provider], { clock }), clock, isRequired },
  });
}

beforeEach(async () => {
  now = Date.now();
  folder = await temporaryFolder();
  issuer = await testIssuer();
  onTestFinished(() => issuer.close());
  notary = await open();
});

const shown = (token: string, pipeline = '7', lockOf = digest) =>
  notary.recordIdentity({ stack: 'lab', pipeline, token, lockDigest: lockOf });

/** Whether the notary gets as far as reading the manifest, which is none. */
const asked = (pipeline = '7', of = digest) =>
  notary
    .accept({
      stack: 'lab',
      pipeline,
      job: '9',
      lockDigest: of,
      readLock: async () => lockText,
      key: manifestKey(lock.tide),
      manifest: '{}',
    })
    .catch((error: { code?: string }) => error.code);

describe('the notary', () => {
  test('verifies the token itself, and allows its pipeline one lock for a while', async () => {
    const { until } = await shown(await issuer.gitlabToken({}));
    expect(until).toBe(now + 600_000);
    expect(await asked()).not.toMatch(/NOTARY_(?:IDENTITY|LOCK)/);
    expect(await asked('7', other)).toBe('NOTARY_LOCK_CHANGED');
    await expect(shown(await issuer.gitlabToken({}), '7', other)).rejects.toMatchObject({
      code: 'NOTARY_LOCK_CHANGED',
    });
    // Nor does another record of the same pipeline elsewhere get another lock.
    await expect(shown(await issuer.gitlabToken({}), '8', other)).rejects.toMatchObject({
      code: 'NOTARY_LOCK_CHANGED',
    });
    now += 600_001;
    expect(await asked()).toBe('NOTARY_IDENTITY_EXPIRED');
    await shown(await issuer.gitlabToken({ iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 60 }));
    expect(await asked()).not.toMatch(/NOTARY_(?:IDENTITY|LOCK)/);
  });

  test('accepts a token once, also after a restart; a repeated request gains nothing', async () => {
    const token = await issuer.gitlabToken({});
    const first = await shown(token);
    now += 1000;
    expect(await shown(token)).toEqual(first);
    notary = await open();
    expect(await shown(token)).toEqual(first);
    await expect(shown(token, '8')).rejects.toMatchObject({ code: 'NOTARY_IDENTITY_REPLAYED' });
  });

  test.each([
    ['an unprotected ref', { ref_protected: 'false' }, 'NOTARY_IDENTITY_UNPROTECTED'],
    ['another branch', { ref: 'side', ref_path: 'refs/heads/side' }, 'NOTARY_IDENTITY_UNPROTECTED'],
    ['another project', { project_path: 'eve/stack' }, 'IDENTITY_NOT_ALLOWED'],
    ['another audience', { aud: 'eve' }, 'IDENTITY_NOT_ALLOWED'],
    ['the past', { exp: 1 }, 'IDENTITY_TOKEN_INVALID'],
  ])('refuses a token of %s, whatever the server says of it', async (_name, claims, code) => {
    await expect(shown(await issuer.gitlabToken(claims))).rejects.toMatchObject({ code });
  });

  test('signs for nothing without a token if the stack requires one', async () => {
    notary = await open(true);
    expect(await asked('7')).toBe('NOTARY_IDENTITY_MISSING');
    const image = { stack: 'lab', pipeline: '7', payload: '{}', documents: [] };
    const locks = [{ digest, readLock: async () => lockText }];
    await expect(notary.signImage({ ...image, locks })).rejects.toMatchObject({ code: 'NOTARY_IDENTITY_MISSING' });
    await shown(await issuer.gitlabToken({}));
    expect(await asked('7')).not.toMatch(/NOTARY_(?:IDENTITY|LOCK)/);
  });
});
