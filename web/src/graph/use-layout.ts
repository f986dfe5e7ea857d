import { useEffect, useState } from 'preact/hooks';
import type { PipelineDetail } from '../../../src/protocol/index.ts';
import { allJobs, nodeKey, type GraphLayout } from './graph-layout.ts';

/** The longest time that a layout may take: it grows faster than the square of the number of jobs. */
const LONGEST_MS = 10_000;

/** The layout; undefined while it is computed. */
type Drawn = GraphLayout | 'failed' | undefined;

/** Computes the layout in a worker. While jobs are added, the previous layout stays. */
export function useLayout(detail: PipelineDetail): Drawn {
  const [drawn, setDrawn] = useState<Drawn>();
  useEffect(() => {
    const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
    const end = (result: Drawn) => {
      stop();
      setDrawn(result);
    };
    const timer = setTimeout(() => end('failed'), LONGEST_MS);
    const stop = () => {
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

/** Returns all that the layout depends on. */
function shapeOf(detail: PipelineDetail): string {
  return allJobs(detail)
    .map((job) => `${nodeKey(job)}<${job.needs?.join(',')}>${job.child ?? ''}`)
    .join(';');
}
