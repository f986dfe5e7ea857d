import { describe, expect, test } from 'vitest';
import { hardSecret, writeEncoded } from '../../../test/support/encoded-secret.ts';
import { secretEncodings } from './secret-encodings.ts';
import { SecretSearch } from './secret-search.ts';
import { Secret } from './secret.ts';

const secrets = (...values: readonly string[]) =>
  values.map((value, at) => [`SECRET_${at}`, new Secret(value)] as const);

describe('a secret', () => {
  test.each(secretEncodings)('is found in $name, wherever chunks begin', async ({ name }) => {
    const text = Buffer.from(`before ${await writeEncoded(name, hardSecret)} after`);
    const search = new SecretSearch(secrets('another-secret', hardSecret));
    for (let cut = 0; cut <= text.length; cut += 1) {
      const scan = search.open();
      scan.push(text.subarray(0, cut));
      scan.push(text.subarray(cut));
      expect(scan.found).toBe('SECRET_1');
    }
    expect(new SecretSearch(secrets('another-secret')).find(text)).toBeUndefined();
  });

  test('is found in base64 behind other bytes, in lines of any length', () => {
    const search = new SecretSearch(secrets('hunter2-hunter2'));
    for (const before of ['', 'a', 'ab', 'abc'])
      for (const width of [4, 17, 64, 76, 1000]) {
        const encoded = Buffer.from(`${before}hunter2-hunter2${before}`).toString('base64');
        const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
        expect(search.find(lines.join('\r\n'))).toBe('SECRET_0');
      }
  });

  test('of several lines is found as a whole, not by a line that other files have too', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n';
    const search = new SecretSearch(secrets(pem));
    expect(search.find(`key: |\r\n${pem.replaceAll('\n', '\r\n')}`)).toBe('SECRET_0');
    expect(search.find(JSON.stringify({ pem }))).toBe('SECRET_0');
    expect(search.find('-----BEGIN PRIVATE KEY-----\nanother\n-----END PRIVATE KEY-----\n')).toBeUndefined();
  });

  test('under eight characters is not searched for', () => {
    const search = new SecretSearch(secrets('hunter2', ''));
    expect(search.isEmpty).toBe(true);
    expect(search.find('hunter2')).toBeUndefined();
  });

  test('in a path is masked', () => {
    const search = new SecretSearch(secrets('hunter2-hunter2'));
    expect(search.mask('out/hunter2-hunter2.txt')).toBe('out/[MASKED].txt');
    expect(search.mask('out/file.txt')).toBe('out/file.txt');
  });
});
