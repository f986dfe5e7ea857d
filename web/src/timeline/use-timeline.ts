import type { Timeline } from '../../../src/protocol/index.ts';
import { useResource } from '../resource.ts';

/** Loads the timeline of a pipeline, and again so many milliseconds after an event. */
export function useTimeline(id: string, wait: number): { readonly data?: Timeline; readonly failure?: Error } {
  return useResource<Timeline>(
    `/pipelines/${id}/timeline`,
    (timeline, { type }) => (type === 'job' || type === 'pipeline' ? 'reload' : timeline),
    wait,
  );
}
