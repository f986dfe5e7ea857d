import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogIndex } from '../../../src/protocol/index.ts';
import { useQuery } from '../query-state.ts';
import { amend, fragment } from '../router.ts';
import { useSettled } from '../use-settled.ts';
import { readLineRange } from './line-range.ts';
import { LogBox } from './log-box.tsx';
import type { LogModel } from './log-model.ts';
import { LogSearcher, nextHit } from './log-search.ts';
import { LogTools } from './log-tools.tsx';
import { useLogKeys } from './use-log-keys.ts';
import '../style/log.css';
import '../style/log-tools.css';
import '../style/ansi.css';

interface LogViewOptions {
  readonly model: LogModel;
  readonly isRunning: boolean;
  /** A failed job's log opens at an error. */
  readonly hasFailed: boolean;
}

/** Errors that are so few lines apart belong together. */
const NEAR = 200;

/** The log of a job, with its tools. All that it shows is in the address. */
export function LogView({ model, isRunning, hasFailed }: LogViewOptions) {
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const topLine = useRef(1);
  const [follow, setFollow] = useState(isRunning && fragment.value === '');
  const wraps = useSwitch('wrap');
  const times = useSwitch('times');
  const index = model.index.value;
  const marked = readLineRange(fragment.value);
  const search = useSearch({ job: model.job, lines: index.lines, topLine, line: marked?.first });
  useEffect(() => {
    const line = openingLine(index, { fragment: fragment.value, hasFailed });
    if (line !== undefined) markLine(line);
  }, [fragment.value, index.firstError, index.lastError, hasFailed]);
  useLogKeys({ box, field, move: search.move });
  return (
    <section class="log" aria-label="Log">
      <LogTools
        model={model}
        marked={marked}
        search={{ ...search, field, line: marked?.first ?? 0, leave: () => box.current?.focus() }}
        wraps={wraps}
        times={times}
        follow={{ isOn: follow, turn: () => setFollow(!follow) }}
      />
      {index.cut !== undefined && (
        <p class="log-banner">
          The log was cut at <a href={`#L${index.cut}`}>line {index.cut}</a>: it reached its limit. What the job printed
          after that is not stored.
        </p>
      )}
      <LogBox
        model={model}
        box={box}
        isRunning={isRunning}
        wraps={wraps.isOn}
        hasTimes={times.isOn}
        follow={follow}
        unfollow={() => setFollow(false)}
        marked={marked}
        hits={search.hits}
        topLine={topLine}
      />
    </section>
  );
}

/**
 * The line where a log opens: of a failed job that of its error, or where the first and the last are far apart, of the
 * last one. `#first-error` and `#last-error` lead there by name.
 */
function openingLine(
  { firstError, lastError }: LogIndex,
  { fragment: at, hasFailed }: { fragment: string; hasFailed: boolean },
): number | undefined {
  if (firstError === undefined || lastError === undefined) return undefined;
  if (at === '#first-error') return firstError;
  if (at === '#last-error') return lastError;
  if (at !== '' || !hasFailed) return undefined;
  return lastError - firstError < NEAR ? firstError : lastError;
}

function markLine(line: number): void {
  amend(`${location.pathname}${location.search}#L${line}`);
}

function useSwitch(name: string) {
  const [value, set] = useQuery(name, '');
  return { isOn: value !== '', turn: () => set(value === '' ? '1' : '') };
}

interface SearchOptions {
  readonly job: string;
  readonly lines: number;
  readonly topLine: { readonly current: number };
  /** The marked line. */
  readonly line: number | undefined;
}

function useSearch({ job, lines, topLine, line }: SearchOptions) {
  const searcher = useMemo(() => new LogSearcher(job), [job]);
  const [text, setText] = useQuery('find', '');
  const [regex, letters] = [useSwitch('regex'), useSwitch('case')];
  const settled = useSettled(text);
  const isTyped = useRef(false);
  useEffect(
    () => searcher.search({ text: settled, isRegex: regex.isOn, isCaseSensitive: letters.isOn }),
    [settled, regex.isOn, letters.isOn],
  );
  useEffect(() => searcher.grown(lines), [lines]);
  const found = searcher.found.value;
  const move = (direction: 1 | -1, from = line ?? topLine.current - 1) => {
    const next = nextHit(found.hits, from, direction);
    if (next !== undefined) markLine(next);
  };
  useEffect(() => {
    // Typing leads to the first hit from here on; an address that names a line stays there.
    if (isTyped.current && found.hits.length > 0) move(1, (line ?? topLine.current) - 1);
    if (found.hits.length > 0) isTyped.current = false;
  }, [found.hits.length > 0, settled]);
  return {
    searcher,
    text,
    setText: (next: string) => {
      isTyped.current = true;
      setText(next);
    },
    regex,
    letters,
    move: (direction: 1 | -1) => move(direction),
    hits: useMemo(() => new Map(found.hits.map((hit) => [hit.line, hit])), [found.hits]),
  };
}
