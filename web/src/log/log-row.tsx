import type { LogHit, LogSection } from '../../../src/protocol/index.ts';
import { formatDuration } from '../format.ts';
import { amend, fragment } from '../router.ts';
import { groupPieces, type Piece } from './line-pieces.ts';
import { extendRange, lineFragment, readLineRange } from './line-range.ts';
import type { LogLine } from './log-lines.ts';
import { css, readableTone } from './readable-tone.ts';

interface LogRowOptions {
  readonly number: number;
  /** Undefined while it is loading. */
  readonly line: LogLine | undefined;
  readonly look: string;
  /** Of a line that begins a foldable section. */
  readonly section?: LogSection;
  readonly isFolded: boolean;
  readonly toggle: () => void;
  readonly hasTime: boolean;
  readonly ranges: LogHit['ranges'] | undefined;
  readonly showAll: (line: LogLine) => void;
}

/** A line of the log. */
export function LogRow(options: LogRowOptions) {
  const { number, line, look, section, isFolded, toggle, hasTime, ranges, showAll } = options;
  return (
    <div id={`L${number}`} class={look}>
      <a
        class="line-number"
        href={`#L${number}`}
        aria-label={`Line ${number}`}
        onClick={(event) => {
          if (!event.shiftKey) return;
          event.preventDefault();
          amend(location.pathname + location.search + lineFragment(extendRange(readLineRange(fragment.value), number)));
        }}
      >
        {number}
      </a>
      <span class="gutter">
        {section !== undefined && <Fold section={section} isFolded={isFolded} toggle={toggle} />}
      </span>
      {(section?.seconds ?? 0) >= 1 && <span class="fold-time">{formatDuration((section?.seconds ?? 0) * 1000)}</span>}
      {hasTime && <span class="line-time">{line?.time?.slice(11, 23) ?? ''}</span>}
      <LineText line={line} ranges={ranges} />
      {line?.isCut === true && (
        <button type="button" class="line-more" onClick={() => showAll(line)}>
          … show all {line.length.toLocaleString()} bytes
        </button>
      )}
    </div>
  );
}

function LineText({ line, ranges }: Pick<LogRowOptions, 'line' | 'ranges'>) {
  if (line === undefined) return <span class="line-text faint">…</span>;
  return (
    <span class="line-text">
      {groupPieces(line.spans, ranges).map(({ href, pieces }, index) => {
        const content = pieces.map((piece, at) => <PieceText key={at} piece={piece} />);
        if (href === undefined) return content;
        return (
          <a key={index} href={href} target="_blank" rel="noreferrer noopener nofollow">
            {content}
          </a>
        );
      })}
    </span>
  );
}

function PieceText({ piece: { text, classes, color, background, isMatch } }: { piece: Piece }) {
  const tone = color && readableTone(color);
  const look = [classes, tone && 'tone', background && 'tint'].filter(Boolean).join(' ');
  const span = (
    <span
      class={look === '' ? undefined : look}
      style={
        tone || background
          ? { '--light': tone?.light, '--dark': tone?.dark, '--tint': background && css(background) }
          : undefined
      }
    >
      {text}
    </span>
  );
  return isMatch ? <mark>{span}</mark> : span;
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
