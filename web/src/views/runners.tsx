import { useState } from 'preact/hooks';
import type { RunnerJob, RunnerList, RunnerMachine, RunnerView } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { CodeText } from '../parts/code-text.tsx';
import { DrainNotice } from '../parts/drain-notice.tsx';
import { Crumbs, Empty, Facts, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Icon, Status } from '../parts/status.tsx';
import { Ago, RunTime } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { mayChangeRunners } from '../session.ts';
import { useRefresh } from '../use-refresh.ts';
import { RunnerButtons } from './runners/runner-buttons.tsx';
import { RunnerDialog, type RunnerTask } from './runners/runner-dialog.tsx';
import '../style/actions.css';
import '../style/runners.css';

const REFRESH_MS = 10_000;
/** Slots that are drawn; a runner with more has their number alone. */
const DRAWN_SLOTS = 32;

/** The runners of the server: whether they are there, what they take, and what they run. */
export function RunnersView() {
  useTitle('Runners');
  useRefresh(REFRESH_MS);
  const [task, setTask] = useState<RunnerTask>();
  const { data, failure } = useResource<RunnerList>('/runners', reloadOnJobs, 1000);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Runners']]} />
      <header class="head">
        <h1>Runners</h1>
        {data !== undefined && <span class="faint">{summary(data.runners)}</span>}
        <a href="/queue">what waits for them</a>
        {mayChangeRunners() && (
          <p class="actions">
            <button type="button" onClick={() => setTask({ kind: 'create' })}>
              Create a runner
            </button>
          </p>
        )}
      </header>
      {data?.drain !== undefined && <DrainNotice drain={data.drain} />}
      {data === undefined ? <Waiting failure={failure} /> : <Runners runners={data.runners} onTask={setTask} />}
      {task !== undefined && <RunnerDialog key={task.kind} task={task} onNext={setTask} />}
    </>
  );
}

function reloadOnJobs(list: RunnerList, { type }: LiveMessage): RunnerList | 'reload' {
  return type === 'job' ? 'reload' : list;
}

function summary(runners: readonly RunnerView[]): string {
  const online = runners.filter(({ state }) => state === 'online').length;
  const jobs = runners.reduce((sum, { jobs: own }) => sum + own.length, 0);
  return `${online} of ${runners.length} online, ${jobs} ${jobs === 1 ? 'job' : 'jobs'} running`;
}

type OnTask = (task: RunnerTask) => void;

function Runners({ runners, onTask }: { runners: readonly RunnerView[]; onTask: OnTask }) {
  if (runners.length === 0)
    return <Empty>Runners are shown to people who may read a stack. Sign in, or ask for a role.</Empty>;
  return (
    <ul class="runner-cards">
      {runners.map((runner) => (
        <RunnerCard key={runner.name} runner={runner} onTask={onTask} />
      ))}
    </ul>
  );
}

function RunnerCard({ runner, onTask }: { runner: RunnerView; onTask: OnTask }) {
  const { name, embedded, reason, jobs, machines, origin } = runner;
  return (
    <li class="runner-card">
      <header class="head">
        <h2>{name}</h2>
        <StateMark runner={runner} />
        {embedded && <span class="tag">embedded</span>}
        <Slots runner={runner} />
      </header>
      {reason !== undefined && (
        <p class="notice mild">
          <CodeText text={reason} />
        </p>
      )}
      <Facts facts={factsOf(runner)} />
      {jobs.length === 0 ? <p class="faint">No job at present.</p> : <Jobs jobs={jobs} />}
      {machines !== undefined && machines.length > 0 && <Machines machines={machines} />}
      {origin !== undefined && mayChangeRunners() && <RunnerButtons runner={runner} onTask={onTask} />}
    </li>
  );
}

const states = {
  online: ['success', 'online'],
  paused: ['quiet', 'paused'],
  offline: ['failed', 'offline'],
  waiting: ['pending', 'not in contact yet'],
  'signed-off': ['quiet', 'signed off'],
  unable: ['failed', 'takes no jobs'],
  unregistered: ['quiet', 'unregistered'],
} as const;

function StateMark({ runner: { state } }: { runner: RunnerView }) {
  const [look, text] = states[state];
  return <Icon look={look} text={text} label />;
}

function Slots({ runner: { concurrency, jobs } }: { runner: RunnerView }) {
  if (concurrency === undefined) return <span class="slots faint">no limit of jobs</span>;
  return (
    <span class="slots faint">
      {concurrency <= DRAWN_SLOTS && (
        <span class="slot-marks" aria-hidden="true">
          {Array.from({ length: concurrency }, (_, index) => (
            <span key={index} class={index < jobs.length ? 'taken' : undefined} />
          ))}
        </span>
      )}
      {jobs.length} of {concurrency} {concurrency === 1 ? 'slot' : 'slots'}
    </span>
  );
}

function factsOf(runner: RunnerView) {
  const { tags, stacks, runUntagged, protectedOnly, sandbox, untrusted, trusted, cores, maximumTimeout } = runner;
  const { embedded, lastContact, origin } = runner;
  const untagged = runUntagged ? 'jobs without tags' : '';
  const tagged = tags.length === 0 ? '' : 'jobs with its tags';
  const takes = [untagged, tagged].filter((text) => text !== '').join(' and ') || 'no jobs';
  const refs = protectedOnly ? ' of protected refs only' : untrusted ? ', of forks too' : ', none of forks';
  return [
    ['tags', tags.length > 0 && tags.map((tag) => <span class="tag">{tag}</span>)],
    ['takes', takes + refs],
    ['stacks', !stacks.includes('*') && stacks.join(', ')],
    ['isolation', sandbox ? 'each job in a sandbox' : 'none'],
    ['packages of pull requests', trusted && 'may be promoted'],
    ['cores of a job', !embedded && cores !== 1 && cores?.toString()],
    ['maximum timeout', maximumTimeout !== undefined && `${maximumTimeout} seconds`],
    ['note', origin?.note],
    ['last contact', lastContact !== undefined && <Ago at={lastContact} />],
  ] as const;
}

function Jobs({ jobs }: { jobs: readonly RunnerJob[] }) {
  return (
    <ul class="runner-jobs">
      {jobs.map(({ id, name, status, stack, pipeline, ref, startedAt }) => (
        <li key={id}>
          <Status status={status} />
          <a href={linkTo.job(id)} title={name}>
            {name}
          </a>
          <span class="faint">
            <a href={linkTo.pipeline(pipeline)}>pipeline {pipeline}</a> of {stack} {ref}
          </span>
          <span class="faint number">
            <RunTime from={startedAt} status={status} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Machines({ machines }: { machines: readonly RunnerMachine[] }) {
  return (
    <details>
      <summary>{machines.length === 1 ? 'One machine' : `${machines.length} machines`}</summary>
      <ul class="runner-machines">
        {machines.map(({ systemId, lastContact, address, version, platform, architecture, executor }) => (
          <li key={systemId}>
            <code>{systemId || 'unnamed'}</code>{' '}
            {[address, version && `version ${version}`, platform, architecture, executor].filter(Boolean).join(', ')}{' '}
            <span class="faint">
              last contact <Ago at={lastContact} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
