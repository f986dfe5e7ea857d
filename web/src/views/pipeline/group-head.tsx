import { countStates } from '../../parts/job-state.ts';
import { JobStateMark } from '../../parts/job-state-mark.tsx';
import { linkTo } from '../../router.ts';
import type { JobGroup } from './job-rows.ts';

interface GroupHeadOptions {
  readonly group: JobGroup;
  readonly isFolded: boolean;
  readonly onToggle: () => void;
}

/** The headline of a group of jobs, which folds it: its name, and how many of its jobs are in each state. */
export function GroupHead({ group, isFolded, onToggle }: GroupHeadOptions) {
  const { title, jobs, pipeline } = group;
  return (
    <>
      <button type="button" class="plain group-fold" aria-expanded={!isFolded} onClick={onToggle}>
        <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span> {title}
      </button>
      <span class="group-counts">
        {[...countStates(jobs)].map(([state, count]) => (
          <span key={state}>
            <JobStateMark state={state} /> {count.toLocaleString()}
          </span>
        ))}
      </span>
      {pipeline !== undefined && <a href={linkTo.pipeline(pipeline)}>open</a>}
    </>
  );
}
