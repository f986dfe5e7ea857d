import type { RefObject } from 'preact';
import { hitAt, type LogSearcher } from './log-search.ts';

export interface SearchFieldOptions {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly searcher: LogSearcher;
  readonly text: string;
  readonly setText: (text: string) => void;
  /** The marked line, from which the next hit is searched. */
  readonly line: number;
  readonly move: (direction: 1 | -1) => void;
  readonly regex: Switch;
  readonly letters: Switch;
  readonly leave: () => void;
}

export interface Switch {
  readonly isOn: boolean;
  readonly turn: () => void;
}

/** Searches the whole log: `/` leads here, Enter to the next hit, Shift+Enter to the previous one. */
export function SearchField(options: SearchFieldOptions) {
  const { field, searcher, text, setText, line, move, regex, letters, leave } = options;
  const { hits, problem } = searcher.found.value;
  return (
    <form
      class="log-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        move(1);
      }}
    >
      <input
        ref={field}
        type="search"
        aria-label="Search the log"
        aria-invalid={problem !== undefined}
        placeholder="Search the log  /"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault();
            move(-1);
          } else if (event.key === 'Escape') {
            setText('');
            leave();
          }
        }}
      />
      <Toggle label="Regular expression" text=".*" {...regex} />
      <Toggle label="Match case" text="Aa" {...letters} />
      <button type="button" aria-label="Previous hit" disabled={hits.length === 0} onClick={() => move(-1)}>
        ↑
      </button>
      <button type="button" aria-label="Next hit" disabled={hits.length === 0} onClick={() => move(1)}>
        ↓
      </button>
      <span class={problem === undefined ? 'faint number' : 'problem-text'} role="status">
        {problem ?? countText(searcher, line)}
      </span>
    </form>
  );
}

export function Toggle({ label, text, isOn, turn }: Switch & { label?: string; text: string }) {
  return (
    <button type="button" aria-pressed={isOn} aria-label={label} title={label} onClick={turn}>
      {text}
    </button>
  );
}

function countText({ found }: LogSearcher, line: number): string {
  const { hits, state } = found.value;
  if (state === 'nothing') return '';
  if (hits.length === 0) return state === 'searching' ? 'searching…' : 'no lines';
  const count = `${hits.length.toLocaleString()}${state === 'full' ? '+' : ''}${state === 'searching' ? '…' : ''}`;
  const at = hitAt(hits, line);
  const isAt = hits[at]?.line === line;
  return isAt ? `${(at + 1).toLocaleString()} of ${count}` : `${count} ${hits.length === 1 ? 'line' : 'lines'}`;
}
