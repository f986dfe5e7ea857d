import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { parseSpec } from './spec-parser.ts';

/** Specs and how Spack printed them; null where it refused them. */
const strings = JSON.parse(fixture('spec-strings.json')) as Readonly<
  Record<'0.23' | '1.2', Readonly<Record<string, string | null>>>
>;

describe.each([
  ['0.23', 'compiler'],
  ['1.2', 'direct'],
] as const)('specs with the syntax of Spack %s', (version, percent) => {
  const entries = Object.entries(strings[version]);
  const read = entries.flatMap(([text, printed]) => (printed === null ? [] : [[text, printed] as const]));
  const refused = entries.flatMap(([text, printed]) => (printed === null ? [text] : []));

  test('mean what it printed for them', () => {
    expect(read.length).toBeGreaterThan(200);
    for (const [text, printed] of read)
      expect(parseSpec(text, { percent }), text).toEqual(parseSpec(printed || '*', { percent }));
  });

  test('are refused where it refused them', () => {
    expect(refused.length).toBeGreaterThan(50);
    for (const text of refused) expect(() => parseSpec(text, { percent }), text).toThrow('Spec `');
  });
});
