import type { FailureReport, PipelineChange } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { useResource } from '../resource.ts';
import { ChangeSection } from './change/change-section.tsx';
import { FailureCard } from './failure-card.tsx';

/** Milliseconds after an event until a report is read again, which the server computes from all jobs. */
const REPORT_MS = 1500;

interface PipelineReportsOptions {
  readonly pipeline: string;
  readonly stack: string;
  /** Number of the pull request. */
  readonly request?: string;
}

/** Why a pipeline failed and what its change does, in the words of the server. */
export function PipelineReports({ pipeline, stack, request }: PipelineReportsOptions) {
  const failure = useResource<FailureReport>(`/pipelines/${pipeline}/failure`, reload, REPORT_MS).data;
  const change = useResource<PipelineChange>(`/pipelines/${pipeline}/change`, reload, REPORT_MS).data;
  return (
    <>
      {failure !== undefined && <FailureCard report={failure} />}
      {change !== undefined && <ChangeSection change={change} stack={stack} request={request} />}
    </>
  );
}

/** A report changes with the jobs and the state of its pipeline. */
function reload<T>(report: T, { type }: LiveMessage): T | 'reload' {
  return type === 'job' || type === 'pipeline' ? 'reload' : report;
}
