import { constructFromEvents } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseYaml } from './parse-yaml.ts';
import { readYaml } from './yaml-source.ts';

function valueOf(given: string): unknown {
  const { text, events } = parseYaml(given);
  return constructFromEvents(events, { source: text })[0];
}

describe('lines within brackets and quotes need no indentation', () => {
  test.each([
    ['a: [\n  x,\n  y\n]\nb: 1\n', { a: ['x', 'y'], b: 1 }],
    ['a:\n  b: {\n    c: [\n      x\n    ],\n  }\n  d: 1\n', { a: { b: { c: ['x'] }, d: 1 } }],
    ['a:\n  b: [ # all\nx,\n# none\n\ny]\nc: [\n\tz\n]\n', { a: { b: ['x', 'y'] }, c: ['z'] }],
    ['a:\n  b: \'x\ny\n\nz\'\n  c: "x\\\ny"\n', { a: { b: 'x y\nz', c: 'xy' } }],
    ['a: [\r\n  x\r\n]\r\nb: |\r\n  ]\r\n  }\r\n', { a: ['x'], b: ']\n}\n' }],
  ])('%j', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  test('and all that follows is where it was', () => {
    const source = readYaml('a: [\n  x\n]\nb: {\nc: 1\n}\nd: { e: 2 }\n', 'f.yaml');
    expect(source.locate(['b', 'c'])).toEqual({ line: 5, column: 1 });
    expect(source.locate(['d', 'e'])).toEqual({ line: 7, column: 6 });
  });
});

test.each([
  ['a: [x\nb: 1\n', 2, 1],
  ['a:\n  b: [x\n  c: 1\n---\nd: ]\n', 3, 3],
  ["a: 'x\nb: 1\n", 2, 1],
  ['a: [\nx\n]\nb: 1\nb: 2\n', 5, 1],
])('the fault of %j is reported where it was found first', (text, line, column) => {
  expect(readYaml(text, 'f.yaml').diagnostics).toMatchObject([{ code: 'YAML_SYNTAX', line, column }]);
});

test('an unclosed quote in a long text is a fault soon', () => {
  const text = `a: 'x\n${'b\n'.repeat(200_000)}`;
  expect(readYaml(text, 'f.yaml').diagnostics).toMatchObject([{ code: 'YAML_SYNTAX', line: 2, column: 1 }]);
});
