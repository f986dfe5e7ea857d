import type { JobState } from './job-state.ts';
import { JobStatusMark } from './status.tsx';

/** The icon of a state of jobs; with `label`, also its words. */
export function JobStateMark({ state, label = false }: { state: JobState; label?: boolean }) {
  const isWarning = state === 'warning';
  return <JobStatusMark job={{ status: isWarning ? 'failed' : state, allowFailure: isWarning }} label={label} />;
}
