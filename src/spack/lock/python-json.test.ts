import { describe, expect, test } from 'vitest';
import { pythonJson, pythonJsonLines } from './python-json.ts';

describe('pythonJson', () => {
  test('escapes what is not ASCII, as two units where it needs two', () => {
    expect(pythonJson({ é: '\u007f\u2192😀~' })).toBe('{"\\u00e9":"\\u007f\\u2192\\ud83d\\ude00~"}');
  });

  test('uses the short escapes that Python uses', () => {
    expect(pythonJson('\b\t\n\f\r\u0001"\\/')).toBe('"\\b\\t\\n\\f\\r\\u0001\\"\\\\/"');
  });
});

describe('pythonJsonLines', () => {
  test('puts every token on a line, and keeps empty containers closed', () => {
    expect(pythonJsonLines({ a: [1, true, null], b: {}, c: [] })).toBe(
      '{\n"a":[\n1,\ntrue,\nnull\n],\n"b":{},\n"c":[]\n}',
    );
  });

  test('leaves out what is undefined, as JSON.stringify does', () => {
    expect(pythonJsonLines({ a: undefined, b: 1 })).toBe('{\n"b":1\n}');
  });
});
