import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogHit } from '../../../src/protocol/index.ts';
import { useSize } from '../parts/use-size.ts';
import { isInRange, type LineRange } from './line-range.ts';
import type { LogLine } from './log-lines.ts';
import type { LogModel } from './log-model.ts';
import { LogRow } from './log-row.tsx';
import { LongLine } from './long-line.tsx';
import { RowHeights } from './row-heights.ts';
import { countRows, lineOfRow, rowOfLine, scaleOf, scrollFor, visibleRows, type Hidden } from './rows.ts';
import { TallLines } from './tall-lines.ts';
import { useFolds } from './use-folds.ts';

const ROW = 20;

interface LogBoxOptions {
  readonly model: LogModel;
  readonly box: RefObject<HTMLDivElement | null>;
  readonly isRunning: boolean;
  readonly wraps: boolean;
  readonly hasTimes: boolean;
  readonly follow: boolean;
  readonly unfollow: () => void;
  readonly marked: LineRange | undefined;
  readonly hits: ReadonlyMap<number, LogHit>;
  /** Receives the first line in view. */
  readonly topLine: { current: number };
}

/** The lines of a log. Only those in view have elements. */
export function LogBox(options: LogBoxOptions) {
  const { model, box, isRunning, wraps, hasTimes, follow, unfollow, marked, hits, topLine } = options;
  const index = model.index.value;
  // Reading the signal here renders the list again when lines arrive.
  const arrived = model.arrived.value;
  const [top, setTop] = useState(0);
  const [long, setLong] = useState<{ line: LogLine; number: number }>();
  const size = useSize(box);
  const height = size?.height ?? 600;
  const folds = useFolds(index.sections);
  const { hidden } = folds;
  const { heights, reveal } = useHeights({ ...options, hidden, width: size?.width ?? 0, height, top });
  const view = visibleRows({ top, height }, heights);
  topLine.current = lineOfRow(heights.rowAt(top * scaleOf(heights, height)), hidden);

  useLayoutEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, heights.height, arrived]);
  useEffect(() => {
    if (marked === undefined || index.lines < marked.first || box.current === null) return;
    unfollow();
    reveal.current = marked.first;
    const opened = folds.open(marked.first);
    const around = new RowHeights(countRows(index.lines, opened), ROW);
    box.current.scrollTop = scrollFor(rowOfLine(marked.first, opened), height, around);
  }, [marked?.first, marked !== undefined && index.lines >= marked.first]);

  const numbers = Array.from({ length: Math.max(0, view.last - view.first) }, (_, row) =>
    lineOfRow(view.first + row, hidden),
  );
  const headlines = new Map(index.sections.map((section) => [section.first, section]));
  const release = () => (reveal.current = undefined);
  return (
    <>
      <div
        ref={box}
        class={wraps ? 'log-box wraps' : 'log-box'}
        role="region"
        aria-label="Lines of the log"
        tabIndex={0}
        onWheel={release}
        onPointerDown={release}
        onKeyDown={release}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          setTop(scrollTop);
          if (follow && scrollTop + clientHeight < scrollHeight - 2 * ROW) unfollow();
        }}
      >
        <div class="log-space" style={{ height: `${view.height}px` }}>
          <div class="log-lines" style={{ transform: `translateY(${view.offset}px)` }}>
            {numbers.map((number) => {
              const section = headlines.get(number);
              return (
                <LogRow
                  key={number}
                  number={number}
                  line={model.line(number)}
                  look={lookOf(number, { marked, wrong: [index.firstError, index.lastError], cut: index.cut })}
                  section={section}
                  isFolded={section !== undefined && folds.isFolded(section)}
                  toggle={() => section !== undefined && folds.toggle(section)}
                  hasTime={hasTimes}
                  ranges={hits.get(number)?.ranges}
                  showAll={(line) => setLong({ line, number })}
                />
              );
            })}
          </div>
        </div>
        {model.isLoaded.value && index.lines === 0 && (
          <p class="empty">{isRunning ? 'No output yet.' : 'The job wrote no log.'}</p>
        )}
      </div>
      {long !== undefined && (
        <LongLine job={model.job} line={long.line} number={long.number} close={() => setLong(undefined)} />
      )}
    </>
  );
}

interface HeightOptions extends Pick<LogBoxOptions, 'model' | 'box' | 'wraps' | 'hasTimes'> {
  readonly hidden: readonly Hidden[];
  readonly width: number;
  readonly height: number;
  readonly top: number;
}

/**
 * Where the rows are. Lines that wrap are measured once they are drawn; the view then stays at its line, or at the one
 * that it is to reveal.
 */
function useHeights({ model, box, wraps, hasTimes, hidden, width, height, top }: HeightOptions) {
  const tall = useRef(new TallLines()).current;
  const reveal = useRef<number | undefined>(undefined);
  const [, setMeasured] = useState({});
  tall.keepFor(`${wraps} ${hasTimes} ${Math.round(width)}`);
  const rows = countRows(model.index.value.lines, hidden);
  const place = () => new RowHeights(rows, ROW, wraps ? tall.rows(hidden) : []);
  const heights = place();
  useLayoutEffect(() => {
    if (!wraps || box.current === null) return;
    const scale = scaleOf(heights, height);
    const above = lineOfRow(heights.rowAt(top * scale), hidden);
    const moved = tall.measure(box.current, { rowHeight: ROW, above });
    if (moved === undefined) return;
    if (reveal.current === undefined) box.current.scrollTop += moved / scale;
    else box.current.scrollTop = scrollFor(rowOfLine(reveal.current, hidden), height, place());
    setMeasured({});
  });
  return { heights, reveal };
}

interface Marks {
  readonly marked: LineRange | undefined;
  readonly wrong: readonly (number | undefined)[];
  readonly cut: number | undefined;
}

function lookOf(line: number, { marked, wrong, cut }: Marks): string {
  const looks = [isInRange(marked, line) && 'marked', wrong.includes(line) && 'wrong', cut === line && 'cut'];
  return ['line', ...looks.filter((look) => look !== false)].join(' ');
}
