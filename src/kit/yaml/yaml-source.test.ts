import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checkYaml, readYaml } from './yaml-source.ts';

const text = `name: tide
specs:
  - zlib
  - { name: gauge,
      size: big }
base: &base
  size: 1
other: *base
`;

describe('readYaml', () => {
  const source = readYaml(text, 'f.yaml');

  test.each([
    [['name'], { line: 1, column: 1 }],
    [['specs', 1], { line: 4, column: 5 }],
    [['specs', 1, 'size'], { line: 5, column: 7 }],
    [['specs', 1, 'color'], { line: 4, column: 5 }],
    [['other', 'size'], { line: 7, column: 3 }],
    [['nothing', 'at', 'all'], { line: 1, column: 1 }],
  ])('finds the place of %j, or of what is nearest to it', (path, place) => {
    expect(source.locate(path as string[])).toEqual(place);
  });

  test.each([
    ['a: [1', 'YAML_SYNTAX', 1],
    ['a: 1\na: 2\n', 'YAML_SYNTAX', 2],
    ['a: *nobody\n', 'YAML_SYNTAX', 1],
    ['a: 1\n---\nb: 2\n', 'YAML_SYNTAX', 2],
    ['a: &a [1]\nb: [*a, *a, *a, *a]\n', 'YAML_ALIASES', 1],
    ['x'.repeat(101), 'YAML_TOO_LARGE', 1],
  ])('answers %j with a fault instead of an exception', (broken, code, line) => {
    const { value, diagnostics } = readYaml(broken, 'f.yaml', { maxLength: 100, maxNodes: 10 });
    expect(value).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ code, line, file: 'f.yaml', severity: 'error' });
  });

  test('merges keys as Spack’s own files do', () => {
    expect(readYaml('a: &a { x: 1 }\nb: { <<: *a, y: 2 }\n', 'f').value).toMatchObject({ b: { x: 1, y: 2 } });
  });
});

describe('checkYaml', () => {
  const schema = z.strictObject({ name: z.string(), specs: z.array(z.object({ size: z.number() })).default([]) });

  test('gives the value where there is nothing to say', () => {
    expect(checkYaml(readYaml('name: x\n', 'f'), schema)).toEqual({ value: { name: 'x', specs: [] }, diagnostics: [] });
  });

  test('reports every fault, each at its place', () => {
    const { value, diagnostics } = checkYaml(readYaml('name: 1\nspecs:\n  - size: big\nextra: 2\n', 'f.yaml'), schema);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ line, column, message }) => [line, column, message.split(':')[0]])).toEqual([
      [1, 1, '`name`'],
      [3, 5, '`specs[0].size`'],
      [4, 1, 'Unknown key `extra`.'],
    ]);
  });

  test('takes an empty file for an empty mapping', () => {
    expect(checkYaml(readYaml('', 'f.yaml'), schema).diagnostics).toMatchObject([{ line: 1, column: 1 }]);
  });
});
