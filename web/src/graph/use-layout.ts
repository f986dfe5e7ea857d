import { useEffect, useState } from 'preact/hooks';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { keyOf, type GraphLayout } from './graph-layout.ts';

/** A layout that takes longer is given up: its time grows faster than the square of the number of jobs. */
const LONGEST_MS = 10_000;

/** The layout; undefined until there is one, `failed` where there will be none. */
type Drawn = GraphLayout | 'failed' | undefined;

/** Computes the layout in a worker. While jobs are added, the layout before stays. */
export function useLayout(detail: PipelineDetail): Drawn {
  const [drawn, setDrawn] = useState<Drawn>();
  useEffect(() => {
    const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
    const end = (result: Drawn): void => {
      stop();
      setDrawn(result);
    };
    const timer = setTimeout(() => end('failed'), LONGEST_MS);
    const stop = (): void => {
      clearTimeout(timer);
      worker.terminate();
    };
    worker.addEventListener('message', ({ data }: MessageEvent<GraphLayout>) => end(data));
    worker.addEventListener('error', () => end('failed'));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a worker, not a window
    worker.postMessage(detail);
    return stop;
  }, [shapeOf(detail)]);
  return drawn;
}

/** All that the places depend on. */
function shapeOf(detail: PipelineDetail): string {
  const one = (jobs: readonly JobView[]): string =>
    jobs.map((job) => `${keyOf(job)}<${job.needs?.join(',')}>${job.child ?? ''}`).join(';');
  return [one(detail.jobs), ...detail.children.map(({ jobs }) => one(jobs))].join('|');
}
