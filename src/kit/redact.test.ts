import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor, redact } from './redact.ts';

function inPieces(text: string, secrets: readonly string[], cuts: readonly number[]): string {
  const redactor = new Redactor(secrets);
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  const pieces = places.slice(1).map((end, at) => redactor.write(text.slice(places[at], end)));
  return pieces.join('') + redactor.end();
}

describe('a secret', () => {
  test('is masked wherever it stands, also in base64 and hexadecimal', () => {
    const secret = 'hunter22';
    const text = ['a', secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')].join(' ');
    expect(redact(text, [secret])).toBe('a [MASKED] [MASKED] [MASKED]');
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
    expect(redactor.write('-abcd') + redactor.write('efgh-') + redactor.end()).toBe('-[MASKED]-');
  });

  test('of several lines is masked line by line too', () => {
    expect(redact('2: second-line', ['first-line\nsecond-line'])).toBe('2: [MASKED]');
  });

  test('under four characters is left alone, since its mask would tell it', () => {
    expect(redact('abc', ['abc'])).toBe('abc');
  });
});

test('what cannot begin a secret is passed on at once', () => {
  expect(new Redactor(['secret']).write('no such word s')).toBe('no such word ');
});

test('a character that is cut in the middle of its bytes stays whole', () => {
  const redactor = new Redactor(['secret']);
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
  expect(redactor.write(first) + redactor.write(second) + redactor.end()).toBe('ü');
});

test('the result does not depend on where the text was cut, and holds no secret', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 4, maxLength: 9 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 60 });
  fc.assert(
    fc.property(
      text,
      fc.array(letters, { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (whole, secrets, cuts) => {
        const expected = redact(whole, secrets);
        expect(inPieces(whole, secrets, cuts)).toBe(expected);
        for (const secret of secrets) expect(expected).not.toContain(secret);
      },
    ),
  );
});
