import { useRef, useState } from 'preact/hooks';
import type { CommandView, RequestDetail } from '../../../src/protocol/index.ts';
import { shortSha } from '../format.ts';
import type { LiveMessage } from '../live.ts';
import { AnswerText } from '../parts/answer-text.tsx';
import { ActionBar, actionsOn, type Action } from '../parts/action-bar.tsx';
import { FailureCard } from '../parts/failure-card.tsx';
import { Commit, Crumbs, Facts, Section, Waiting, useTitle } from '../parts/page-parts.tsx';
import { PipelineReports } from '../parts/pipeline-reports.tsx';
import { Ago, Moment } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { isOffered } from '../session.ts';
import { PipelineTable, statusLine } from './pipeline-table.tsx';
import { ChangedPaths, PlannedJobs } from './planned-jobs.tsx';
import '../style/rows.css';

/** A pull request: why it waits, what would run, and who may let it run. */
export function RequestPage({ stack, number }: { stack: string; number: string }) {
  const path = `/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(number)}`;
  const { data, failure } = useResource<RequestDetail>(path, apply);
  // The page keeps the head that the person reads, so that they approve no other; a newer one is shown on request.
  const shown = useRef<RequestDetail>(undefined);
  const [wanted, setWanted] = useState<string>();
  useTitle(data === undefined ? `Pull request ${number}` : `${data.label} ${data.title}`);
  if (data === undefined) return <Waiting failure={failure} />;
  const { headSha } = data;
  if (shown.current === undefined || headSha === shown.current.headSha || headSha === wanted) shown.current = data;
  const detail = shown.current;
  return (
    <>
      {detail.headSha !== headSha && (
        <p class="notice" role="alert">
          The head has moved to <code>{shortSha(headSha)}</code>. This page still shows{' '}
          <code>{shortSha(detail.headSha)}</code>.{' '}
          <button type="button" onClick={() => setWanted(headSha)}>
            Show the new head
          </button>
        </p>
      )}
      <Request detail={detail} />
    </>
  );
}

function Request({ detail }: { detail: RequestDetail }) {
  const { stack, label, url, title, state, status, plan, pipeline, pipelines, commands } = detail;
  const isOfHead = pipeline?.head === detail.headSha;
  // The report of the failure begins with the same words.
  const isReported = isOfHead && status?.state === 'failure' && status.problem === undefined;
  const isHeld = state === 'open' && status?.outcome === 'held';
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [stack, linkTo.stack(stack)], [label]]} />
      <header class="head">
        <h1>{title}</h1>
        {url === undefined ? <span class="number">{label}</span> : <a href={url}>{label}</a>}
        {detail.fork && <span class="tag warn">fork</span>}
        {detail.draft === true && <span class="tag">draft</span>}
        {detail.state !== 'open' && <span class="tag">{detail.state}</span>}
        <ActionBar actions={requestActions(detail)} />
      </header>
      <RequestFacts detail={detail} />
      {status !== undefined && !isReported && <p class={isHeld ? 'notice mild' : undefined}>{statusLine(status)}</p>}
      {status?.failure !== undefined && <FailureCard report={status.failure} />}
      {isOfHead && pipeline !== undefined && (
        <PipelineReports pipeline={pipeline.id} stack={stack} request={detail.number} />
      )}
      {pipelines.length > 0 && (
        <Section id="pipelines" title="Pipelines">
          <PipelineTable pipelines={pipelines} />
        </Section>
      )}
      {plan !== undefined && (
        <>
          <Section id="paths" title={`Changed files${plan.pathCount === undefined ? '' : ` (${plan.pathCount})`}`}>
            <ChangedPaths plan={plan} />
          </Section>
          <Section id="plan" title={isHeld ? 'What would run' : 'What runs'}>
            <PlannedJobs plan={plan} />
          </Section>
        </>
      )}
      {isHeld && <Approval detail={detail} />}
      {commands.length > 0 && <Commands commands={commands} />}
    </>
  );
}

function RequestFacts({ detail }: { detail: RequestDetail }) {
  const { author, tier, baseBranch, baseSha, headSha, headUrl, trust, labels, approval } = detail;
  const isApproved = approval?.sha === headSha;
  return (
    <Facts
      facts={[
        ['by', tier === undefined ? author : `${author} (${tier})`],
        ['head', <Commit sha={headSha} url={headUrl} />],
        [
          'into',
          <>
            {baseBranch} <code title={baseSha}>{shortSha(baseSha)}</code>
          </>,
        ],
        ['trust', trust],
        ['labels', labels?.join(', ')],
        [
          isApproved ? 'approved by' : 'an older commit was approved by',
          approval && (
            <>
              {approval.by}, <Moment at={approval.at} />
            </>
          ),
        ],
      ]}
    />
  );
}

/** Lets the commit run that the page shows, and no later one. */
function Approval({ detail }: { detail: RequestDetail }) {
  const { stack, number, label, headSha } = detail;
  const action: Action = {
    word: 'Approve',
    to: `commit ${shortSha(headSha)} of ${label}`,
    path: `/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(number)}/approve`,
    body: { sha: headSha },
  };
  return (
    <Section id="approval" title="Approval">
      <p>
        An approval lets commit <code>{headSha}</code> run as shown above, and no later commit.
      </p>
      {isOffered(stack, 'approve') ? (
        <ActionBar actions={[action]} />
      ) : (
        <p class="faint">
          Only people with the scope <code>approve</code> on this stack can approve it.
        </p>
      )}
    </Section>
  );
}

function Commands({ commands }: { commands: readonly CommandView[] }) {
  return (
    <Section id="commands" title="Commands">
      <ul class="rows">
        {commands.map(({ id, actor, text, sha, at, answer }) => (
          <li key={id}>
            <span class="row-text">
              <span>
                {actor}: <code>{text}</code>
              </span>
              <span class="row-detail">{answer === undefined ? 'not answered yet' : <AnswerText text={answer} />}</span>
            </span>
            <span class="row-end">
              <code>{shortSha(sha)}</code>
              <Ago at={at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What can be done with the pipeline of the head, and whether another can be started. */
function requestActions(detail: RequestDetail): readonly Action[] {
  const { stack, state, number, label, headSha, pipeline } = detail;
  if (state !== 'open' || !isOffered(stack, 'run')) return [];
  const present = pipeline?.head === headSha ? actionsOn(pipeline) : [];
  if (!mayStart(detail) || present.some(({ word }) => word === 'Cancel')) return present;
  const path = `/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(number)}/run`;
  return [{ word: 'Run', to: `${shortSha(headSha)} of ${label}`, path }, ...present];
}

/** Whether the head needs no approval, and has jobs that would run. */
function mayStart({ status, trust, plan }: RequestDetail): boolean {
  const isHeld = status?.outcome === 'held' || (status?.outcome === 'skipped' && trust === 'untrusted');
  return !isHeld && plan !== undefined && plan.nothing === undefined && plan.problem === undefined && plan.jobCount > 0;
}

function apply(detail: RequestDetail, message: LiveMessage): RequestDetail | 'reload' {
  const { stack, number, headSha } = detail;
  switch (message.type) {
    case 'pipeline':
      return message.pipeline.stack === stack && message.pipeline.pullRequest === number ? 'reload' : detail;
    case 'status':
      return message.status.stack === stack && message.status.sha === headSha ? 'reload' : detail;
    case 'request':
      return message.request.stack === stack && message.request.number === number ? 'reload' : detail;
    default:
      return detail;
  }
}
