import { describe, expect, test } from 'vitest';
import { decodeChunked } from './s3-chunked.ts';
import { hmac } from './s3-signature.ts';

/** The example of AWS's page "Signature calculations for the authorization header: transferring payload in chunks". */
const scope = '20130524/us-east-1/s3/aws4_request';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const signing = {
  key: scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`)),
  date: '20130524T000000Z',
  scope,
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const example = [
  '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n',
  `${'a'.repeat(65_536)}\r\n`,
  '400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n',
  `${'a'.repeat(1024)}\r\n`,
  '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
].join('');

async function decoded(text: string, options: { size?: number; signed?: boolean } = {}) {
  let trailer: ReadonlyMap<string, string> = new Map();
  async function* source() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += options.size ?? 4096)
      yield bytes.subarray(at, at + (options.size ?? 4096));
  }
  const parts: Uint8Array[] = [];
  const settings = {
    signing: options.signed === true ? signing : undefined,
    onTrailer: (found: typeof trailer) => (trailer = found),
  };
  for await (const part of decodeChunked(source(), settings)) parts.push(part);
  return { text: Buffer.concat(parts).toString(), trailer };
}

describe('a body in chunks', () => {
  test.each([4096, 65_537, 1_000_000])('the signed example of AWS is read, in pieces of %i bytes', async (size) => {
    expect((await decoded(example, { signed: true, size })).text).toBe('a'.repeat(66_560));
  });

  test('a changed byte, a chunk left out and a chunk without a signature are refused', async () => {
    const changed = example.replace('\r\naaaa', '\r\naaab');
    const shorter = example.slice(0, example.indexOf('400;')) + example.slice(example.indexOf('0;chunk-signature=b6'));
    const unsigned = example.replace(/;chunk-signature=0055[0-9a-f]+/, '');
    for (const text of [changed, shorter, unsigned]) {
      await expect(decoded(text, { signed: true })).rejects.toMatchObject({ code: 'GATEWAY_SIGNATURE_DOES_NOT_MATCH' });
    }
  });

  test('an unsigned body has its trailer read, also when it comes byte by byte', async () => {
    const text =
      '4\r\nwiki\r\n5;chunk-signature=' + '0'.repeat(64) + '\r\npedia\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n';
    const result = await decoded(text, { size: 1 });
    expect(result.text).toBe('wikipedia');
    expect([...result.trailer]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']]);
  });

  test.each([
    ['ends in a chunk', '8\r\nwiki'],
    ['ends before the last chunk', '4\r\nwiki\r\n'],
    ['has no size', 'wiki\r\n'],
    ['has more than its size', '2\r\nwiki\r\n0\r\n\r\n'],
    ['has an endless line', 'a'.repeat(20_000)],
  ])('a body that %s is incomplete', async (_what, text) => {
    await expect(decoded(text)).rejects.toMatchObject({ code: 'GATEWAY_INCOMPLETE_BODY' });
  });
});
