import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardSecret, writeEncoded } from '../../../test/support/encoded-secret.ts';
import { Redactor, redact } from './redact.ts';
import { secretEncodings } from './secret-encodings.ts';

function inPieces(text: string, secrets: readonly string[], cuts: readonly number[]): string {
  const redactor = new Redactor(secrets);
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  const pieces = places.slice(1).map((end, at) => redactor.write(Buffer.from(text.slice(places[at], end))));
  return Buffer.concat([...pieces, redactor.end()]).toString();
}

describe('a secret', () => {
  test.each(secretEncodings)('is masked in $name', async ({ name }) => {
    const written = await writeEncoded(name, hardSecret);
    expect(redact(`before ${written} after`, [hardSecret])).toBe('before [MASKED] after');
    expect(redact(`before ${written} after`, ['another-secret'])).toBe(`before ${written} after`);
  });

  test.each([0, 1, 2, 3])('is masked in base64 behind %i other bytes, with others after it and without', (before) => {
    const secret = 'hunter22?/~>';
    for (const after of ['', 'x', 'yz', 'and so on']) {
      const bytes = Buffer.from(`${'#'.repeat(before)}${secret}${after}`);
      for (const text of [bytes.toString('base64'), bytes.toString('base64url')]) {
        const masked = redact(text, [secret]);
        expect(masked).toMatch(/^[\w+/=-]{0,6}\[MASKED\]/);
        // At most the two characters at its edges, of which other bytes decide a part, are left.
        expect(text.length - masked.length + '[MASKED]'.length).toBeGreaterThanOrEqual(
          Math.floor((secret.length * 4) / 3) - 2,
        );
      }
    }
  });

  test.each([
    'p%40ss+w%2Frd%C3%BC%25',
    'p%40ss%20w%2Frd%C3%BC%25',
    'p%40ss%20w/rd%C3%BC%25',
    'p%40ss%20w%2frd%c3%bc%25',
    '7040737320772F7264C3BC25',
    'p@ss w/rdü%',
  ])('is masked as %s', (text) => {
    expect(redact(`a=${text}&`, ['p@ss w/rdü%'])).toBe('a=[MASKED]&');
  });

  test('with characters that mean something to an expression is masked as it is', () => {
    expect(redact('x a.b*(c)$ y', ['a.b*(c)$'])).toBe('x [MASKED] y');
    expect(redact('x a1b*(c)$ y', ['a.b*(c)$'])).toBe('x a1b*(c)$ y');
  });

  test('that begins another one does not leave the rest of the longer one behind', () => {
    const redactor = new Redactor(['abcd', 'abcdefgh']);
    const pieces = [redactor.write(Buffer.from('-abcd')), redactor.write(Buffer.from('efgh-')), redactor.end()];
    expect(Buffer.concat(pieces).toString()).toBe('-[MASKED]-');
  });

  test('is masked in base64 that is divided into lines, wherever they end', () => {
    const secret = 'hunter22-hunter22';
    const encoded = Buffer.from(`user:${secret}\n`).toString('base64');
    for (let width = 4; width < encoded.length; width += 1) {
      const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      for (const lineEnd of ['\n', '\r\n']) {
        const left = redact(lines.join(lineEnd), [secret]).replaceAll(/\s|\[MASKED\]/g, '');
        // What the secret does not determine, and the few characters that may end a line.
        expect(left.length).toBeLessThanOrEqual(encoded.length - Math.floor((secret.length * 4) / 3) + 2 + 3);
      }
    }
  });

  test('of several lines is masked line by line too', () => {
    expect(redact('2: second-line', ['first-line\nsecond-line'])).toBe('2: [MASKED]');
  });

  test('under four characters is left alone, since its mask would reveal it', () => {
    expect(redact('abc', ['abc'])).toBe('abc');
  });
});

test('what cannot begin a secret is passed on at once', () => {
  expect(new Redactor(['secret']).write(Buffer.from('no such word s')).toString()).toBe('no such word ');
});

test('a line is passed on whole, even if its last characters could begin a secret that the next line continues', () => {
  const redactor = new Redactor(['secret']);
  expect(redactor.write(Buffer.from('no such words\n')).toString()).toBe('no such words\n');
  expect(redactor.write(Buffer.from('ecret')).toString()).toBe('[MASKED]');
});

test('bytes that are no text stay as they are', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0d, 0x0a]);
  const redactor = new Redactor(['secret']);
  expect(Buffer.concat([redactor.write(bytes), redactor.end()])).toEqual(bytes);
});

test('the result does not depend on where the text was cut, and holds no secret', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 4, maxLength: 9 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '-', '\n'), maxLength: 60 });
  fc.assert(
    fc.property(
      text,
      fc.array(letters, { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (whole, secrets, cuts) => {
        const expected = redact(whole, secrets);
        expect(inPieces(whole, secrets, cuts)).toBe(expected);
        for (const secret of secrets) expect(expected).not.toContain(secret);
        if (secrets.length === 0) expect(expected).toBe(whole);
      },
    ),
  );
});
