import { useRef } from 'preact/hooks';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { JobStatusMark, jobLook, jobText, stuckText } from '../parts/status.tsx';
import { DurationText } from '../parts/times.tsx';
import { useSize } from '../parts/use-size.ts';
import { linkTo } from '../router.ts';
import { allJobs, nodeKey, nodeName, type Box, type GraphLayout, type Point } from './graph-layout.ts';
import '../style/graph.css';

const SMALLEST = 0.75;

/** Shows jobs as a graph: lines in SVG, jobs as links in the order of the plan, so that Tab walks through them. */
export function JobGraphView({ detail, drawn }: { detail: PipelineDetail; drawn: GraphLayout }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSize(box)?.width ?? drawn.width;
  // A graph that is a little too wide is scaled down. One that would become too small to read is scrolled.
  const fit = width / drawn.width;
  const scale = fit < 1 && fit >= SMALLEST ? fit : 1;
  const jobs = new Map(allJobs(detail).map((job) => [nodeKey(job), job]));
  return (
    <div ref={box} class="graph-box" role="region" aria-label="Graph of the jobs" tabIndex={0}>
      <div class="graph" style={{ width: `${drawn.width}px`, height: `${drawn.height}px`, zoom: scale }}>
        <Lines drawn={drawn} />
        {drawn.frames.map(({ pipeline, box }) => (
          <a
            key={pipeline}
            class="frame-name"
            style={{ left: `${box.x + 8}px`, top: `${box.y - 1}px` }}
            href={linkTo.pipeline(pipeline)}
          >
            pipeline {pipeline}
          </a>
        ))}
        {drawn.nodes.map(({ key, box }) => {
          const job = jobs.get(key);
          return job === undefined ? null : <Node key={key} job={job} box={box} />;
        })}
      </div>
    </div>
  );
}

function Lines({ drawn }: { drawn: GraphLayout }) {
  return (
    <svg width={drawn.width} height={drawn.height} aria-hidden="true">
      {drawn.frames.map(({ pipeline, box }) => (
        <rect key={pipeline} class="frame" x={box.x} y={box.y} width={box.width} height={box.height} rx="6" />
      ))}
      {drawn.edges.map(({ key, points }) => (
        <path key={key} class="edge" d={smooth(points)} />
      ))}
    </svg>
  );
}

function Node({ job, box }: { job: JobView; box: Box }) {
  const name = nodeName(job.name);
  const state = job.stuck === undefined ? jobText(job) : 'stuck';
  const label = `${job.name}: ${job.stuck === undefined ? state : stuckText(job)}`;
  const inside = (
    <>
      <JobStatusMark job={job} />
      <span class="node-text">
        <span class="node-name">{name}</span>
        <span class="node-detail">
          {job.startedAt === undefined ? state : <DurationText from={job.startedAt} to={job.finishedAt} />}
          {job.name.slice(name.length)}
        </span>
      </span>
    </>
  );
  const look = {
    class: `node ${jobLook(job)}`,
    title: label,
    style: { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` },
  };
  const address =
    job.child !== undefined
      ? linkTo.pipeline(job.child)
      : job.id === '' || job.kind === 'trigger'
        ? undefined
        : linkTo.job(job.id);
  if (address === undefined) return <span {...look}>{inside}</span>;
  return (
    <a {...look} href={address}>
      {inside}
    </a>
  );
}

/** Returns the path of a line that is horizontal at every point. */
function smooth([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  let from = first;
  const parts = rest.map((to) => {
    const middle = (from.x + to.x) / 2;
    const part = `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
    return part;
  });
  return `M${first.x},${first.y} ${parts.join(' ')}`;
}
