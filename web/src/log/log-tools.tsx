import { useState } from 'preact/hooks';
import { lineFragment, type LineRange } from './line-range.ts';
import type { LogModel } from './log-model.ts';
import { SearchField, Toggle, type SearchFieldOptions, type Switch } from './search-field.tsx';

interface LogToolsOptions {
  readonly model: LogModel;
  readonly marked: LineRange | undefined;
  readonly search: SearchFieldOptions;
  readonly wraps: Switch;
  readonly times: Switch;
  readonly follow: Switch;
}

/** The bar above the lines of a log. */
export function LogTools({ model, marked, search, wraps, times, follow }: LogToolsOptions) {
  const { lines, firstError, lastError } = model.index.value;
  return (
    <div class="log-tools">
      {firstError !== undefined && (
        <a href={`#L${firstError}`} class="first-error">
          First error: line {firstError}
        </a>
      )}
      {lastError !== undefined && lastError !== firstError && (
        <a href={`#L${lastError}`} class="first-error">
          Last error: line {lastError}
        </a>
      )}
      <span class="faint number">{lines.toLocaleString()} lines</span>
      <SearchField {...search} />
      <span class="gap" />
      {marked !== undefined && <CopyLink key={lineFragment(marked)} marked={marked} />}
      <Toggle text="wrap" {...wraps} />
      <Toggle text="times" {...times} />
      <Toggle text="follow" {...follow} />
      <a href={`/api/v1/jobs/${model.job}/log`} target="_blank" rel="noreferrer">
        raw
      </a>
    </div>
  );
}

function CopyLink({ marked: { first, last } }: { marked: LineRange }) {
  const [isCopied, setCopied] = useState(false);
  const what = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  return (
    <button
      type="button"
      aria-label={`copy link to ${what}`}
      onClick={() => void navigator.clipboard?.writeText(location.href).then(() => setCopied(true))}
    >
      {isCopied ? 'copied' : 'copy link'}
    </button>
  );
}
