import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readServerConfiguration, readStackPolicy } from '../src/coordinator/index.ts';

const folder = new URL('../docs/guides/', import.meta.url);

interface Block {
  readonly guide: string;
  readonly file: string;
  readonly text: string;
}

/** The YAML blocks of a guide whose first line says which file they are. */
function blocksOf(guide: string): readonly Block[] {
  const markdown = readFileSync(new URL(guide, folder), 'utf8');
  return [...markdown.matchAll(/^( *)```yaml\n( *# (slipway(?:\.server)?\.yaml)\n[\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', text = '', file = '']) => ({
      guide,
      file,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

const blocks = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap(blocksOf);

describe('the guides', () => {
  test('show configuration', () => {
    expect(blocks.filter(({ guide }) => guide === 'github.md')).toHaveLength(4);
  });

  test.each(blocks)('$guide shows a $file that can be used as it stands', ({ file, text }) => {
    const read = file === 'slipway.yaml' ? readStackPolicy(text) : readServerConfiguration(text, file);
    expect(read.diagnostics).toEqual([]);
  });
});
