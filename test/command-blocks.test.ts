import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandBlocks, commandPages, type CommandBlock } from './support/command-blocks.ts';

const root = join(import.meta.dirname, '..');
const blocks = commandPages().flatMap(commandBlocks);

const runners = ['test/e2e', 'test/services'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => readFileSync(join(root, folder, name), 'utf8')),
);
/** Whether a test runs the blocks of a page: it has the path of the page, and reads its blocks. */
const isRun = (page: string): boolean =>
  runners.some((source) => source.includes(`'${page}'`) && /command-?blocks|run-?blocks/i.test(source));

/** Returns what is wrong with the mark of a block, or nothing. */
function faultOf({ page, line, notRun, runBy, commands }: CommandBlock): string | undefined {
  const at = `${page}:${line}`;
  if (commands.length === 0) return `${at} has no command`;
  if (notRun !== undefined) {
    const missing = [...notRun.matchAll(/test\/[\w./-]+\.ts/g)].find(([path]) => !existsSync(join(root, path)));
    return missing === undefined ? undefined : `${at} names ${missing[0]}, which does not exist`;
  }
  if (runBy === undefined)
    return isRun(page) ? undefined : `${at} is run by no test; write <!-- not run: REASON --> before it`;
  if (!existsSync(join(root, runBy))) return `${at} names ${runBy}, which does not exist`;
  const source = readFileSync(join(root, runBy), 'utf8');
  return source.includes(page) ? undefined : `${at}: ${runBy} does not name the page`;
}

describe('the command blocks of README, tutorials, guides and operations', () => {
  test('are run by a test, or have a reason why not', () => {
    expect(blocks.length).toBeGreaterThan(30);
    expect(blocks.flatMap((block) => faultOf(block) ?? [])).toEqual([]);
  });

  test('are read with continued lines and without comments', () => {
    const [exchange] = commandBlocks('docs/guides/beside-gitlab.md');
    expect(exchange?.commands).toHaveLength(1);
    expect(exchange?.commands[0]).toMatch(
      /^printf .* \| curl .* "\$SLIPWAY_URL\/api\/v1\/stacks\/\$SLIPWAY_STACK\/identity"$/,
    );
    expect(commandBlocks('docs/guides/spack-stacks.md')[0]?.commands[1]).toBe('slipway plan --lock spack.lock');
  });
});
