import { isFinal } from '../../pipeline/index.ts';
import { now } from '../context.ts';
import type { Journey } from '../journey.ts';

/** Sets the pipelines above one running again, if one that had ended runs again. Safe to repeat, and to call for any pipeline. */
export function resumeAbove(journey: Journey, pipeline: string): void {
  const { pipelines } = journey.context;
  const record = pipelines.record(pipeline);
  if (record?.parent === undefined || isFinal(record.status)) return;
  const { pipeline: parent, job } = record.parent;
  journey.dispatch(parent, { type: 'child-resumed', job, pipeline, at: now(journey.context) });
  resumeAbove(journey, parent);
}
