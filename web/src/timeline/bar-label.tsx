import { JobStatusMark, jobLook } from '../parts/status.tsx';
import { linkTo } from '../router.ts';
import { barText } from './bar-text.ts';
import type { DrawnBar } from './drawn-bars.ts';
import { laneTop } from './timeline-scene.ts';

/** Pixels. */
const LABEL = { width: 320, height: 46 } as const;

interface LabelPlace {
  readonly x: number;
  readonly width: number;
  /** Height of all lanes. */
  readonly total: number;
}

/** The job of a bar in words, as a link to its page. */
export function BarLabel({ bar, place: { x, width, total } }: { bar: DrawnBar; place: LabelPlace }) {
  const { name, job, attempt } = bar.bar;
  const below = laneTop(bar.lane, 0) + 24;
  const top = below + LABEL.height < total ? below : laneTop(bar.lane, 0) - LABEL.height - 6;
  const left = Math.max(4, Math.min(x, width - LABEL.width - 4));
  return (
    <a
      class={`bar-label ${jobLook(bar.bar)}`}
      style={{ left: `${left}px`, top: `${Math.max(2, top)}px` }}
      href={linkTo.job(job)}
      title={name}
    >
      <JobStatusMark job={bar.bar} />
      <span class="node-name">
        {name}
        {attempt > 1 && ` (attempt ${attempt})`}
      </span>
      <span class="node-detail">{barText(bar)}</span>
    </a>
  );
}
