import { RE2JS, RE2JSException } from 're2js';
import { SHOWN_CHARACTERS } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';

/** Finds the first matches in a line as it is shown; undefined for a line without any. */
export type LogMatcher = (line: string) => readonly Range[] | undefined;

type Range = [first: number, end: number];

interface Pattern {
  readonly text: string;
  readonly isRegex: boolean;
  readonly isCaseSensitive: boolean;
}

const LONGEST = 500;
/** Enough for a plain text of the longest size. */
const MAX_STEPS = 600;
/** Characters times steps of a pattern that one line may cost: less than half a second, whatever both are. */
const MAX_WORK = 2_000_000;
/** Matches of a line that are marked. */
const MARKED = 20;

/**
 * Returns the matcher of a text or pattern. Its time is in proportion to the line, and for a pattern also to its steps:
 * of a long line it searches as much as `MAX_WORK` allows.
 */
export function logMatcher({ text, isRegex, isCaseSensitive }: Pattern): LogMatcher {
  const refuse = (reason: string) => serverError('SERVER_PATTERN_INVALID', { pattern: text.slice(0, 100), reason });
  if (text === '') throw refuse('it is empty');
  if (text.length > LONGEST) throw refuse(`it is longer than ${LONGEST} characters`);
  if (!isRegex) return textMatcher(text, isCaseSensitive);
  try {
    const regex = RE2JS.compile(text, isCaseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
    const steps = regex.programSize();
    if (steps > MAX_STEPS) throw refuse(`it takes more than ${MAX_STEPS} steps`);
    const [searched, marked] = [MAX_WORK / steps, Math.min(SHOWN_CHARACTERS, MAX_WORK / steps / MARKED)];
    return (line) => (regex.test(line.slice(0, searched)) ? regexRanges(regex, line.slice(0, marked)) : undefined);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw refuse(error.message.replace('error parsing regexp: ', ''));
  }
}

function textMatcher(text: string, isCaseSensitive: boolean): LogMatcher {
  const wanted = isCaseSensitive ? text : text.toLowerCase();
  return (line) => {
    const searched = isCaseSensitive ? line : line.toLowerCase();
    if (!searched.includes(wanted)) return undefined;
    // Some characters have more than one in lower case, which moves those after them.
    return searched.length === line.length ? textRanges(searched, wanted) : [];
  };
}

function textRanges(line: string, wanted: string): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = line.indexOf(wanted); isMarked(at, ranges); at = line.indexOf(wanted, at + wanted.length))
    ranges.push([at, at + wanted.length]);
  return ranges;
}

function isMarked(at: number, ranges: readonly Range[]): boolean {
  return at >= 0 && at < SHOWN_CHARACTERS && ranges.length < MARKED;
}

function regexRanges(regex: RE2JS, line: string): readonly Range[] {
  const ranges: Range[] = [];
  const matcher = regex.matcher(line);
  while (ranges.length < MARKED && matcher.find())
    if (matcher.end() > matcher.start()) ranges.push([matcher.start(), matcher.end()]);
  return ranges;
}
