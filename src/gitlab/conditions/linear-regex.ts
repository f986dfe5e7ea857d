import { parseRegex, type RegexNode } from './regex-syntax.ts';

/** Hears how many steps a match has taken. */
export type Count = (steps: number) => void;

/** Whether a text holds a match. */
export type Regex = (text: string) => boolean;

type Step =
  | { readonly kind: 'character'; readonly accepts: (code: number) => boolean; next: number }
  | { readonly kind: 'split'; readonly ways: number[] }
  | {
      readonly kind: 'assert';
      readonly at: 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'not-word';
      next: number;
    }
  | { readonly kind: 'match' };

const MAX_STEPS = 2000;
const MAX_TEXT = 10_000;

/**
 * Compiles a pattern of RE2's kind. Patterns come from pull requests and run in the server, so the match takes time in
 * proportion to text times pattern, whatever they are (Thompson's construction; no look-around, no back-references).
 * Only the first 10,000 characters of a text are looked at. A text in place of the matcher says what is wrong.
 */
export function compileRegex(source: string, flags: string, count: Count = () => {}): Regex | string {
  const node = parseRegex(source, flags);
  if (typeof node === 'string') return node;
  const steps: Step[] = [{ kind: 'match' }];
  const start = emit(node, 0, steps);
  if (start < 0) return `takes more than ${MAX_STEPS} steps`;
  return (text) => {
    const work = { count: 0 };
    const isMatch = run(steps, start, { text: text.slice(0, MAX_TEXT), work });
    count(work.count);
    return isMatch;
  };
}

/** Adds the steps of a node that go on at `next`; gives where they begin, or -1 when there are too many. */
function emit(node: RegexNode, next: number, steps: Step[]): number {
  if (next < 0 || steps.length > MAX_STEPS) return -1;
  if (node.kind === 'character') return steps.push({ kind: 'character', accepts: node.accepts, next }) - 1;
  if (node.kind === 'assert') return steps.push({ kind: 'assert', at: node.at, next }) - 1;
  if (node.kind === 'sequence') return node.parts.reduceRight((after, part) => emit(part, after, steps), next);
  if (node.kind === 'choice') return emitChoice(node.parts, next, steps);
  return emitRepeat(node, next, steps);
}

function emitChoice(parts: readonly RegexNode[], next: number, steps: Step[]): number {
  const ways = parts.map((part) => emit(part, next, steps));
  return ways.includes(-1) ? -1 : steps.push({ kind: 'split', ways }) - 1;
}

function emitRepeat(node: Extract<RegexNode, { kind: 'repeat' }>, next: number, steps: Step[]): number {
  let start = next;
  if (node.max === Infinity) {
    const ways = [next];
    start = steps.push({ kind: 'split', ways }) - 1;
    ways.push(emit(node.part, start, steps));
    if (ways.includes(-1)) return -1;
  } else {
    for (let count = node.min; count < node.max && start >= 0; count += 1) {
      const once = emit(node.part, start, steps);
      start = once < 0 ? -1 : steps.push({ kind: 'split', ways: [next, once] }) - 1;
    }
  }
  for (let count = 0; count < node.min; count += 1) start = emit(node.part, start, steps);
  return start;
}

/** Follows all ways at once, a new match beginning at every character. */
function run(
  steps: readonly Step[],
  start: number,
  { text, work }: { text: string; work: { count: number } },
): boolean {
  const first = steps[start];
  const isAnchored = first?.kind === 'assert' && first.at === 'start';
  const marks = new Int32Array(steps.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    if (enter(current, start, { steps, text, at, marks, work })) return true;
    if (current.length === 0 && isAnchored) return false;
    const code = text.charCodeAt(at);
    const following: number[] = [];
    for (const index of current) {
      const step = steps[index];
      if (at === text.length || step?.kind !== 'character' || !step.accepts(code)) continue;
      if (enter(following, step.next, { steps, text, at: at + 1, marks, work })) return true;
    }
    current = following;
  }
  return false;
}

/** Adds a step and all that is reached from it without reading; true when that is the end of the pattern. */
function enter(
  into: number[],
  first: number,
  where: { steps: readonly Step[]; text: string; at: number; marks: Int32Array; work: { count: number } },
): boolean {
  const { steps, text, at, marks, work } = where;
  const open = [first];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    work.count += 1;
    if (marks[index] === at) continue;
    marks[index] = at;
    const step = steps[index] as Step;
    if (step.kind === 'match') return true;
    if (step.kind === 'character') into.push(index);
    else if (step.kind === 'split') open.push(...step.ways);
    else if (holds(step.at, text, at)) open.push(step.next);
  }
  return false;
}

function holds(assertion: Extract<Step, { kind: 'assert' }>['at'], text: string, at: number): boolean {
  if (assertion === 'start') return at === 0;
  if (assertion === 'end') return at === text.length;
  if (assertion === 'line-start') return at === 0 || text[at - 1] === '\n';
  if (assertion === 'line-end') return at === text.length || text[at] === '\n';
  const isBoundary = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return isBoundary === (assertion === 'word');
}

function isWord(code: number): boolean {
  return /\w/.test(String.fromCharCode(code)) && !Number.isNaN(code);
}
