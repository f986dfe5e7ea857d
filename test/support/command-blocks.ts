import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A fenced block of commands in a page. */
export interface CommandBlock {
  /** Path of the page from the root of the repository. */
  readonly page: string;
  readonly line: number;
  /** As the page has it. */
  readonly text: string;
  /** Commands, each with its continuation lines joined, without comments. */
  readonly commands: readonly string[];
  /** `<!-- not run: … -->` on the line before. */
  readonly notRun?: string;
  /** `<!-- run by: test/… -->` on the line before. */
  readonly runBy?: string;
}

/** Returns the pages whose commands people copy. */
export function commandPages(): readonly string[] {
  const pages = ['docs/tutorials', 'docs/guides', 'docs/operations'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...pages];
}

/** Returns the `sh` and `console` blocks of a page in their order. In the latter, commands begin with `$ `. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  const blocks: CommandBlock[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, indent = '', language = ''] = /^( *)```(\S*)$/.exec(lines[index] ?? '') ?? [];
    if (!/^ *```/.test(lines[index] ?? '')) continue;
    const start = index;
    do index += 1;
    while (index < lines.length && lines[index] !== `${indent}\`\`\``);
    if (!['sh', 'bash', 'shell', 'console'].includes(language)) continue;
    const shown = lines.slice(start + 1, index).map((line) => line.slice(indent.length));
    const mark = markOf(lines[start - 1] ?? '');
    blocks.push({ page, line: start + 1, text: shown.join('\n'), commands: commandsOf(shown, language), ...mark });
  }
  return blocks;
}

/** Replaces texts of a page by what they stand for in a test. */
export function withValues(text: string, values: Readonly<Record<string, string>> = {}): string {
  return Object.entries(values).reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

function markOf(before: string): Pick<CommandBlock, 'notRun' | 'runBy'> {
  const [, kind, text] = /<!-- (not run|run by): (.+?) -->/.exec(before) ?? [];
  if (kind === undefined) return {};
  return kind === 'not run' ? { notRun: text } : { runBy: text };
}

function commandsOf(lines: readonly string[], language: string): readonly string[] {
  const shown =
    language === 'console' ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2)) : lines;
  const text = shown.map((line) => line.replace(/(?:^|\s+)#\s.*$/, '')).join('\n');
  return text
    .replaceAll(/(\\|\||&&)\n\s*/g, (_, end: string) => (end === '\\' ? '' : `${end} `))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
