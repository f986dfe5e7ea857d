import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeYaml } from './write-yaml.ts';

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'yes',
    'No',
    '1.0',
    '0x1f',
    '1:20',
    '2024-01-01',
    '~',
    'null',
    '- a',
    'a: b',
    'a #b',
    "it's",
    '%x',
    '@y',
    'a\nb',
    ' a',
    'a ',
    '',
  ),
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      ':',
      '-',
      '#',
      ',',
      '[',
      '{',
      "'",
      '"',
      '\\',
      '\n',
      '\t',
      '1',
      '.',
      '\u0085',
      'é',
      '😀',
    ),
  }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, text, fc.boolean(), fc.integer(), tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    tie('any'),
    { maxKeys: 4 },
  ),
}));

describe('writeYaml', () => {
  test('whatever is written is read again as it was, by readers of both versions of YAML', () => {
    fc.assert(
      fc.property(value.map, (document) => {
        const written = writeYaml({ ...document, last: 'x' });
        const back = JSON.parse(JSON.stringify({ ...document, last: 'x' })) as unknown;
        expect(load(written)).toEqual(back);
        expect(parse(written, { version: '1.2' })).toEqual(back);
        expect(parse(written, { version: '1.1' })).toEqual(back);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['e0', '.e5', 'E+3', 'yes', '~', '.inf', '12:30'])('%s stays a text', (word) => {
    const written = writeYaml({ [word]: word });
    for (const version of ['1.1', '1.2'] as const) expect(parse(written, { version })).toEqual({ [word]: word });
  });

  test('plain words stay plain', () => {
    expect(
      writeYaml({
        job: { script: ['spack ci rebuild', 'echo "a"'], needs: [{ job: 'a@1 /b', artifacts: false }], v: '1.0' },
      }),
    ).toBe(
      "job:\n  script:\n    - spack ci rebuild\n    - 'echo \"a\"'\n  needs:\n    - job: a@1 /b\n      artifacts: false\n  v: '1.0'\n",
    );
  });
});
