import { useEffect, useState } from 'preact/hooks';
import type { PipelineDetail } from '../../../src/protocol/index.ts';
import type { GraphLayout, GraphShape } from './graph-layout.ts';

/** The longest time that a layout may take. */
const LONGEST_MS = 30_000;

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
    worker.postMessage(shapeOf(detail));
    return stop;
  }, [versionOf(detail)]);
  return drawn;
}

function shapeOf(detail: PipelineDetail): GraphShape {
  return [detail, ...detail.children].map(({ id, jobs }) => ({
    id,
    jobs: jobs.map(({ name, stage, needs, child }) => ({ name, stage, needs, child })),
  }));
}

/** Differs where the layout does: plans never change, so only child pipelines are added. */
function versionOf(detail: PipelineDetail): string {
  return [detail, ...detail.children]
    .map(({ id, jobs }) => `${id}:${jobs.length}:${jobs.flatMap(({ child }) => child ?? []).join(',')}`)
    .join(';');
}
