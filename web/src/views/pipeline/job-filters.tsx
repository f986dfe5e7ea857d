import type { JobView } from '../../../../src/protocol/index.ts';
import { JobStateMark } from '../../parts/job-state-mark.tsx';
import { countStates, jobStates, type JobState } from '../../parts/job-state.ts';
import { groupings, type Grouping } from './job-rows.ts';
import '../../style/search.css';

interface JobFiltersOptions {
  readonly jobs: readonly JobView[];
  readonly states: ReadonlySet<JobState>;
  readonly onState: (state: JobState) => void;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly grouping: Grouping;
  readonly onGrouping: (grouping: Grouping) => void;
}

const groupingTexts: Readonly<Record<Grouping, string>> = {
  pipeline: 'by pipeline',
  state: 'by state',
  root: 'by root package',
};

/** Which of a pipeline's jobs the list shows. */
export function JobFilters(options: JobFiltersOptions) {
  const { jobs, states, onState, search, onSearch, grouping, onGrouping } = options;
  const counts = countStates(jobs);
  const offered = jobStates.filter((state) => counts.has(state) || states.has(state));
  return (
    <div class="search job-filters" role="search" aria-label="Jobs">
      <input
        type="search"
        aria-label="Search jobs by name, runner or failure"
        placeholder="Name, runner, failure"
        value={search}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
      <div class="chips" role="group" aria-label="States">
        {offered.map((state) => (
          <button key={state} type="button" aria-pressed={states.has(state)} onClick={() => onState(state)}>
            <JobStateMark state={state} label /> <span class="number">{(counts.get(state) ?? 0).toLocaleString()}</span>
          </button>
        ))}
      </div>
      <label>
        Group{' '}
        <select value={grouping} onChange={(event) => onGrouping(event.currentTarget.value as Grouping)}>
          {groupings.map((one) => (
            <option key={one} value={one}>
              {groupingTexts[one]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
