import { ZoomButtons } from '../parts/zoom-buttons.tsx';
import type { DrawnJobs } from './drawn-jobs.ts';

interface ToolOptions {
  readonly drawn: DrawnJobs;
  readonly text: string;
  readonly matches: readonly number[] | undefined;
  readonly scale: number;
  search(text: string): void;
  /** Shows the next of some jobs. */
  jump(jobs: readonly number[], isBack?: boolean): void;
  zoom(factor: number): void;
  fit(): void;
}

/** What is done with the graph: searching, jumping to jobs that matter, zooming. */
export function GraphTools({ drawn, text, matches, scale, search, jump, zoom, fit }: ToolOptions) {
  return (
    <div class="graph-tools">
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          jump(matches ?? []);
        }}
      >
        <input
          type="search"
          aria-label="Find a job"
          placeholder="Find a job"
          value={text}
          onInput={({ currentTarget }) => search(currentTarget.value)}
        />
        {matches !== undefined && (
          <>
            <span class="faint number" role="status">
              {matches.length === 1 ? '1 job' : `${matches.length.toLocaleString()} jobs`}
            </span>
            <button type="submit" disabled={matches.length === 0}>
              next
            </button>
          </>
        )}
      </form>
      <div class="graph-groups" role="group" aria-label="Jump to jobs">
        {drawn.groups.map(({ name, jobs }) => (
          <button key={name} type="button" title={`Show the next of ${jobs.length}`} onClick={() => jump(jobs)}>
            {name} <span class="number">{jobs.length.toLocaleString()}</span>
          </button>
        ))}
      </div>
      <ZoomButtons zoom={zoom} fit={fit}>
        <span class="number">{Math.round(scale * 100)} %</span>
      </ZoomButtons>
    </div>
  );
}
