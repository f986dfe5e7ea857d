import { describe, expect, test } from 'vitest';
import { tinyNode } from '../../../test/support/tiny-node.ts';
import { readPackageFacts } from './package-facts.ts';

const recipe = (body: string): string =>
  `# Copyright\nfrom spack.package import *\n\n\nclass Tool(Package):\n${body}\n`;
const factsOf = (body: string, version = '2.1') => readPackageFacts(recipe(body), tinyNode('tool', version, []));

describe('the facts of a recipe', () => {
  test('are its texts, and those of the version in question', () => {
    const facts = factsOf(`    """Does things.
    And more.

    In another paragraph.
    """

    homepage = "https://example.org/tool"
    url = "https://example.org/tool-1.0.tar.gz"

    license("MIT AND BSD-3-Clause", checked_by="someone")

    version("2.1", sha256="${'a'.repeat(64)}")
    version("1.0", sha256="${'b'.repeat(64)}")`);
    expect(facts).toEqual({
      description: 'Does things. And more.',
      homepage: 'https://example.org/tool',
      license: 'MIT AND BSD-3-Clause',
      source: { url: 'https://example.org/tool-2.1.tar.gz', sha256: 'a'.repeat(64) },
    });
  });

  test.each([
    ['url = "https://example.org/v1.0/tool_1_0.zip"', 'https://example.org/v2.1/tool_1_0.zip'],
    ['url = "https://example.org/tool_1_0.zip"', 'https://example.org/tool_2_1.zip'],
    ['gnu_mirror_path = "tool/tool-1.0.tar.gz"', 'https://ftpmirror.gnu.org/tool/tool-2.1.tar.gz'],
    ['pypi = "tool/tool-1.0.tar.gz"', 'https://files.pythonhosted.org/packages/source/t/tool/tool-2.1.tar.gz'],
    ['url = "https://example.org/1/tool-1.0.tgz"', 'https://example.org/1/tool-2.1.tgz'],
    ['url = "https://example.org/v0.9/tool-1.0.tgz"', undefined],
    ['url = "https://example.org/tool.tgz"', undefined],
    [
      'url = "https://example.org/tool-1.0.tgz"\n\n    def url_for_version(self, version):\n        return 1',
      undefined,
    ],
  ])('%s leads to %s', (attribute, url) => {
    const versions = `    version("2.1", sha256="${'a'.repeat(64)}")\n    version("1.0", sha256="${'b'.repeat(64)}")`;
    expect(factsOf(`    ${attribute}\n\n${versions}`).source?.url).toBe(url);
  });

  test('name the commit of a version that comes from git', () => {
    const body = `    git = "https://example.org/tool.git"\n    version("2.1", tag="v2.1", commit="${'c'.repeat(40)}")`;
    expect(factsOf(body).source).toEqual({ git: 'https://example.org/tool.git', tag: 'v2.1', commit: 'c'.repeat(40) });
  });

  test('take the licence whose condition holds', () => {
    const body = `    license("MIT", when="@3:")\n    license("BSD-3-Clause", when="@2:2.9")\n    license("Zlib", when="@@@")`;
    expect(factsOf(body).license).toBe('BSD-3-Clause');
    expect(factsOf(body, '3.0').license).toBe('MIT');
    expect(factsOf(body, '1.0').license).toBeUndefined();
  });

  test('are not those of another version, of the class that builds, or of a comment', () => {
    const body = `    version("9", sha256="${'a'.repeat(64)}")\n    # license("MIT")\n\n\nclass MakefileBuilder(Builder):\n    license("MIT")`;
    expect(factsOf(body)).toEqual({});
  });

  test('of what is no recipe are none', () => {
    for (const text of ['', 'class', 'class A(B):', 'class A(B):\n    version(', '\0'])
      expect(readPackageFacts(text, tinyNode('tool', '1', []))).toEqual({});
  });
});
