import { describe, expect, test } from 'vitest';
import { viewsOf } from './view.ts';

const environment = (definitions: string, specs = '[$tools]') =>
  `spack:\n${definitions}  specs: ${specs}\n  view:\n    default: { root: /opt/tools, link: run }\n`;
const expected = [{ root: '/opt/tools', link: 'run', select: [], exclude: [] }];

describe('the views of an environment', () => {
  test.each([
    ['the platform', '  definitions:\n  - { tools: [zlib], when: platform == "linux" }\n'],
    ['a variable', '  definitions:\n  - { tools: [zlib], when: env.get("LAB") == "1" }\n'],
    ['what cannot be decided', '  definitions:\n  - { tools: [zlib], when: __import__("os").name == "posix" }\n'],
    ['an included file, which has the definition', '  include: [definitions.yaml]\n'],
  ])('do not depend on conditions about %s', (_, definitions) => {
    expect(viewsOf(environment(definitions))).toEqual(expected);
  });

  test('are refused, not left out, where the file cannot be read', () => {
    expect(() => viewsOf(environment('  nonsense: 1\n', '[zlib]'))).toThrow(/nonsense/);
    expect(() => viewsOf('spack: [')).toThrow(/spack\.yaml:1/);
  });
});
