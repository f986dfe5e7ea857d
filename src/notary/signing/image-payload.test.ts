import { verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { generateCosignKey } from '../keys/cosign-key.ts';
import { signImagePayload } from './image-payload.ts';
import { createSigningLog, type SigningLog } from './signing-log.ts';

const key = generateCosignKey();
const hex = 'a'.repeat(64);
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'lab/stack', digest: { sha256: hex } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: {} },
};
const encoded = (value: unknown, text = JSON.stringify(value)) =>
  `DSSEv1 28 application/vnd.in-toto+json ${Buffer.byteLength(text)} ${text}`;

let file: string;
let signingLog: SigningLog;
beforeEach(async () => {
  file = join(await temporaryFolder(), 'log');
  signingLog = await createSigningLog(file);
});

const sign = (payload: string) =>
  signImagePayload(
    { stack: 'lab', pipeline: '7', payload, locks: [], documents: [] },
    { key, signingLog, check: async () => undefined },
  );

test('a statement of provenance is signed, and the log says of which image', async () => {
  const payload = encoded(statement);
  const { signature, publicKey } = await sign(payload);
  expect(verify('sha256', Buffer.from(payload), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
  const [line = ''] = (await readFile(file, 'utf8')).split('\n');
  expect(JSON.parse(line)).toMatchObject({
    action: 'image',
    stack: 'lab',
    pipeline: '7',
    image: `sha256:${hex}`,
    reference: 'lab/stack',
  });
});

test.each([
  [
    'a statement of something else',
    encoded({ ...statement, predicateType: 'https://slsa.dev/verification_summary/v1' }),
  ],
  ['a statement about two things', encoded({ ...statement, subject: [statement.subject[0], statement.subject[0]] })],
  ['a statement about no digest', encoded({ ...statement, subject: [{ name: 'x', digest: { sha1: 'a' } }] })],
  ['a length that is wrong', encoded(statement).replace(/json \d+ /, 'json 5 ')],
  ['another type', encoded(statement).replace('28 application/vnd.in-toto+json', '16 application/json')],
  ['a text', 'sign this'],
  ['an OpenPGP payload', '{"version":3,"data":[]}'],
])('%s is not signed, and not written down', async (_, payload) => {
  await expect(sign(payload)).rejects.toMatchObject({ code: 'NOTARY_PAYLOAD_REFUSED' });
  await expect(readFile(file, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
});
