import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogSection } from '../../../src/protocol/index.ts';
import { formatDuration } from '../format.ts';
import { useSize } from '../parts/use-size.ts';
import { amend, fragment } from '../router.ts';
import type { LogLine } from './log-lines.ts';
import type { LogModel } from './log-model.ts';
import { LongLine } from './long-line.tsx';
import { countRows, hiddenBy, lineOfRow, rowOfLine, scrollFor, visibleRows } from './rows.ts';
import '../style/log.css';

const ROW = 20;

/** The log as a list. Only the lines in view have elements. */
export function LogView({ model, isRunning }: { model: LogModel; isRunning: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = useSize(box)?.height ?? 600;
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [follow, setFollow] = useState(isRunning && location.hash === '');
  const [times, setTimes] = useState(false);
  const [long, setLong] = useState<{ line: LogLine; number: number }>();
  const index = model.index.value;
  // Reading the signal here renders the list again when lines arrive.
  const arrived = model.arrived.value;
  const isFolded = (section: LogSection) => folds.get(sectionKey(section)) ?? section.collapsed;
  const hidden = hiddenBy(index.sections, isFolded);
  const rows = countRows(index.lines, hidden);
  const marked = Number(/^#L(\d+)$/.exec(fragment.value)?.[1] ?? 0);
  const view = visibleRows({ top, height }, { rows, rowHeight: ROW });

  useLayoutEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, rows, arrived]);
  useEffect(() => {
    if (fragment.value === '#first-error' && index.firstError !== undefined)
      amend(`${location.pathname}#L${index.firstError}`);
  }, [fragment.value, index.firstError]);
  useEffect(() => {
    if (marked === 0 || index.lines < marked || box.current === null) return;
    setFollow(false);
    setFolds((now) => unfolded(now, index.sections, marked));
    const opened = hiddenBy(index.sections, (section) => isFolded(section) && !isInside(section, marked));
    box.current.scrollTop = scrollFor(rowOfLine(marked, opened), {
      height,
      rows: countRows(index.lines, opened),
      rowHeight: ROW,
    });
  }, [marked, index.lines >= marked]);

  const numbers = Array.from({ length: Math.max(0, view.last - view.first) }, (_, row) =>
    lineOfRow(view.first + row, hidden),
  );
  const headlines = new Map(index.sections.map((section) => [section.first, section]));
  return (
    <section class="log" aria-label="Log">
      <div class="log-tools">
        {index.firstError !== undefined && (
          <a href={`#L${index.firstError}`} class="first-error">
            First error: line {index.firstError}
          </a>
        )}
        {index.cut !== undefined && (
          <a href={`#L${index.cut}`} class="log-cut">
            Log too long: cut at line {index.cut}
          </a>
        )}
        <span class="faint number">{index.lines.toLocaleString()} lines</span>
        <span class="gap" />
        <button type="button" aria-pressed={times} onClick={() => setTimes(!times)}>
          times
        </button>
        <button type="button" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          follow
        </button>
        <a href={`/api/v1/jobs/${model.job}/log`} target="_blank" rel="noreferrer">
          raw
        </a>
      </div>
      <div
        ref={box}
        class="log-box"
        role="region"
        aria-label="Lines of the log"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          setTop(scrollTop);
          if (follow && scrollTop + clientHeight < scrollHeight - 2 * ROW) setFollow(false);
        }}
      >
        <div class="log-space" style={{ height: `${view.height}px` }}>
          <div class="log-lines" style={{ transform: `translateY(${view.offset}px)` }}>
            {numbers.map((number) => {
              const section = headlines.get(number);
              const line = model.line(number);
              return (
                <div
                  key={number}
                  id={`L${number}`}
                  class={`line${number === marked ? ' marked' : ''}${number === index.firstError ? ' wrong' : ''}`}
                >
                  <a class="line-number" href={`#L${number}`} aria-label={`Line ${number}`}>
                    {number}
                  </a>
                  <span class="gutter">
                    {section !== undefined && (
                      <Fold
                        section={section}
                        isFolded={isFolded(section)}
                        toggle={() => setFolds(new Map(folds).set(sectionKey(section), !isFolded(section)))}
                      />
                    )}
                  </span>
                  {(section?.seconds ?? 0) >= 1 && (
                    <span class="fold-time">{formatDuration((section?.seconds ?? 0) * 1000)}</span>
                  )}
                  {times && <span class="line-time">{line?.time?.slice(11, 23) ?? ''}</span>}
                  <LineText line={line} />
                  {line?.isCut === true && (
                    <button type="button" class="line-more" onClick={() => setLong({ line, number })}>
                      … show all {line.length.toLocaleString()} bytes
                    </button>
                  )}
                </div>
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
    </section>
  );
}

function LineText({ line }: { line: LogLine | undefined }) {
  if (line === undefined) return <span class="line-text faint">…</span>;
  return (
    <span class="line-text">
      {line.spans.map(({ text, classes, color, background }, index) => (
        <span
          key={index}
          class={classes === '' ? undefined : classes}
          style={color === undefined && background === undefined ? undefined : { color, background }}
        >
          {text}
        </span>
      ))}
    </span>
  );
}

function Fold({ section, isFolded, toggle }: { section: LogSection; isFolded: boolean; toggle(): void }) {
  if (section.last === undefined || section.last <= section.first) return null;
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={!isFolded}
      aria-label={`Section ${section.name}`}
      onClick={toggle}
    >
      {isFolded ? '▸' : '▾'}
    </button>
  );
}

function sectionKey(section: LogSection): string {
  return `${section.name} ${section.first}`;
}

function isInside(section: LogSection, line: number): boolean {
  return line > section.first && line <= (section.last ?? section.first);
}

function unfolded(
  folds: ReadonlyMap<string, boolean>,
  sections: readonly LogSection[],
  line: number,
): ReadonlyMap<string, boolean> {
  const next = new Map(folds);
  for (const section of sections) if (isInside(section, line)) next.set(sectionKey(section), false);
  return next;
}
