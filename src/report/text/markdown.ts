import { plainLine } from '../failure/plain-line.ts';
import { clip } from './words.ts';

/** Characters of a comment or of a check’s text that GitHub takes; GitLab takes more. */
export const MARKDOWN_LENGTH = 65_535;

/** Characters of a name, a reason or a line of a log that are shown. */
const LONGEST = 300;

/**
 * Quotes a text that others wrote, such as a name, a reason or an error, as code: there, forges look for no markup,
 * mention, reference or address. Whatever else Markdown of ours contains are our own words and numbers.
 */
export function code(text: string): string {
  const shown = clip(oneLine(text), LONGEST);
  if (shown === '') return '–';
  const fence = '`'.repeat(longestRun(shown) + 1);
  const isOpen = /^`|`$|^ .* $/.test(shown);
  return isOpen ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}

/** The same within a table, whose cells end at a bar also where it is quoted or escaped in code. */
export function codeCell(text: string): string {
  return code(text.replaceAll('|', '¦'));
}

/** Quotes lines of a log. */
export function codeBlock(lines: readonly string[]): string {
  const shown = lines.map((line) => clip(plainLine(line), LONGEST));
  const fence = '`'.repeat(Math.max(3, longestRun(shown.join('\n')) + 1));
  return [`${fence}text`, ...shown, fence].join('\n');
}

/** A part that begins folded. The title is of our own words. */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** Rows that can be left out where they are too many. */
export interface MarkdownRows {
  readonly rows: readonly string[];
  /** Writes the block with the rows that fit, and how many are left out. */
  readonly write: (rows: readonly string[], omitted: number) => string;
}

/**
 * Joins blocks to a text of limited length. Blocks come in the order of their weight: rows, and then whole blocks, are
 * left out from the end, and `more` ends a text from which something is missing.
 */
export function joinBlocks(
  blocks: readonly (string | MarkdownRows)[],
  { limit, more }: { limit: number; more: string },
): string {
  const taken: string[] = [];
  let room = limit - more.length - 2;
  let isCut = false;
  for (const block of blocks) {
    const text = typeof block === 'string' ? block : fittingRows(block, room - 2);
    isCut ||= text === undefined;
    if (text === undefined || text.length + 2 > room) {
      isCut = true;
      break;
    }
    room -= text.length + 2;
    taken.push(text);
  }
  return [...taken, ...(isCut && more !== '' ? [more] : [])].join('\n\n');
}

/** As many rows as fit; undefined if not even one does. */
function fittingRows({ rows, write }: MarkdownRows, room: number): string | undefined {
  const whole = write(rows, 0);
  if (whole.length <= room) return whole;
  let left = room - write([], rows.length).length;
  let count = 0;
  for (; count < rows.length; count += 1) {
    left -= (rows[count] ?? '').length + 1;
    if (left < 0) break;
  }
  return count === 0 ? undefined : write(rows.slice(0, count), rows.length - count);
}

function oneLine(text: string): string {
  return plainLine(text.replace(/\s+/g, ' ')).replace(/ +/g, ' ').trim();
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
