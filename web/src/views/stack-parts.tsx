import type { ComponentChildren } from 'preact';
import type {
  BranchView,
  ImageView,
  PipelineView,
  RequestView,
  RunStatus,
  StackView,
  StatusView,
} from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { shortDigest, shortSha } from '../format.ts';
import { ChangeLine } from '../parts/change/change-line.tsx';
import { CodeText } from '../parts/code-text.tsx';
import { Empty } from '../parts/page-parts.tsx';
import { Status, imageStatus, statusText } from '../parts/status.tsx';
import { Ago } from '../parts/times.tsx';
import { linkTo } from '../router.ts';
import { statusLine, type Refusal } from './pipeline-table.tsx';
import '../style/rows.css';

/** Requests of which the change is shown: each one takes a request to the server. */
const LINES = 20;

/** Applies an event to a stack. New pipelines, branches and images are rare, so the whole stack is loaded again. */
export function applyToStack(stack: StackView, message: LiveMessage): StackView | 'reload' {
  const isOwn = (subject: { readonly stack: string }) => subject.stack === stack.name;
  switch (message.type) {
    case 'pipeline':
      return isOwn(message.pipeline) && message.pipeline.parent === undefined
        ? withPipeline(stack, message.pipeline)
        : stack;
    case 'status':
      return isOwn(message.status) ? withStatus(stack, message.status) : stack;
    case 'image':
      return isOwn(message.image) ? 'reload' : stack;
    case 'request':
      return isOwn(message.request) ? 'reload' : stack;
    default:
      return stack;
  }
}

function withPipeline(stack: StackView, pipeline: PipelineView): StackView | 'reload' {
  if (!stack.pipelines.some(({ id }) => id === pipeline.id)) return 'reload';
  const swap = <T extends { pipeline?: PipelineView }>(one: T): T =>
    one.pipeline?.id === pipeline.id ? { ...one, pipeline } : one;
  return {
    ...stack,
    pipelines: stack.pipelines.map((one) => (one.id === pipeline.id ? pipeline : one)),
    branches: stack.branches.map(swap),
    requests: stack.requests.map(swap),
  };
}

function withStatus(stack: StackView, status: StatusView): StackView {
  if (status.context !== 'slipway') return stack;
  return {
    ...stack,
    branches: stack.branches.map((one) => (one.sha === status.sha ? { ...one, status } : one)),
    requests: stack.requests.map((one) => (one.headSha === status.sha ? { ...one, status } : one)),
  };
}

/** Why nothing runs in a stack. */
export function StackProblem({ problem }: Pick<StackView, 'problem'>) {
  if (problem === undefined) return null;
  return (
    <p class="notice" role="alert">
      <CodeText text={`${problem.message} ${problem.hint ?? ''}`} />
    </p>
  );
}

export function Branches({ branches }: { branches: readonly BranchView[] }) {
  if (branches.length === 0) return <Empty>The repository has no protected branch yet.</Empty>;
  return (
    <ul class="rows">
      {branches.map((branch) => (
        <li key={branch.name}>
          <ChangeRow title={branch.name} change={branch} refusal={refusalOf(branch)} line={branch.pipeline}>
            <code>{shortSha(branch.sha)}</code>
          </ChangeRow>
        </li>
      ))}
    </ul>
  );
}

export function Requests({ requests }: { requests: readonly RequestView[] }) {
  if (requests.length === 0) return <Empty>There are no pull requests yet.</Empty>;
  return (
    <ul class="rows">
      {requests.map((request, index) => (
        <li key={request.number} class={request.state === 'open' ? '' : 'past'}>
          <ChangeRow
            title={request.title}
            change={request}
            refusal={refusalOfRequest(request)}
            line={request.state === 'open' && index < LINES ? request.pipeline : undefined}
            page={
              request.pipeline?.head === request.headSha ? undefined : linkTo.request(request.stack, request.number)
            }
          >
            {request.fork && <span class="tag warn">fork</span>}
            {request.state !== 'open' && <span class="tag">{request.state}</span>}
            <NumberOf request={request} />
          </ChangeRow>
        </li>
      ))}
    </ul>
  );
}

/** The number of a request, which leads to its page at the forge where there is one. */
function NumberOf({ request: { label, url } }: { request: RequestView }) {
  return url === undefined ? (
    <span class="number">{label}</span>
  ) : (
    <a class="number" href={url}>
      {label}
    </a>
  );
}

interface ChangeRowOptions {
  readonly title: string;
  readonly change: { readonly pipeline?: PipelineView; readonly status?: StatusView };
  /** Set if no pipeline could be created: the row shows the whole reason. */
  readonly refusal?: StatusView;
  /** The change's own page, which is linked where its head has no pipeline. */
  readonly page?: string;
  /** The pipeline whose change is shown in a line of its own. */
  readonly line?: PipelineView;
  readonly children: ComponentChildren;
}

function ChangeRow({ title, change: { pipeline, status }, refusal, page, line, children }: ChangeRowOptions) {
  const shared = { title, tags: children };
  if (refusal !== undefined)
    return <Row {...shared} detail={statusLine(refusal)} refused status="failed" address={page} at={refusal.at} />;
  return (
    <Row
      {...shared}
      detail={
        (status && statusLine(status)) ?? (pipeline === undefined ? 'no pipeline yet' : statusText(pipeline.status))
      }
      more={line && <ChangeLine key={line.id} pipeline={line} />}
      status={pipeline?.status}
      address={page ?? (pipeline && linkTo.pipeline(pipeline.id))}
      at={pipeline?.createdAt}
    />
  );
}

interface RowOptions {
  readonly title: string;
  readonly detail: string | undefined;
  /** A second line of detail. */
  readonly more?: ComponentChildren;
  readonly refused?: boolean;
  readonly status?: RunStatus;
  readonly address?: string;
  readonly at?: string;
  readonly tags: ComponentChildren;
}

function Row({ title, detail, more, refused, status, address, at, tags }: RowOptions) {
  const inside = (
    <>
      {status === undefined ? <span class="status-gap" /> : <Status status={status} />}
      <span class="row-text">
        <span class="row-title">{title}</span>
        <span class={refused ? 'row-refusal' : 'row-detail'} title={refused ? undefined : detail}>
          {detail !== undefined && <CodeText text={detail} />}
        </span>
        {more}
      </span>
    </>
  );
  return (
    <>
      {address === undefined ? (
        <span class="row-link">{inside}</span>
      ) : (
        <a class="row-link" href={address}>
          {inside}
        </a>
      )}
      <span class="row-end">
        <span class="row-tags">{tags}</span>
        {at !== undefined && <Ago at={at} />}
      </span>
    </>
  );
}

export function Images({ images }: { images: readonly ImageView[] }) {
  if (images.length === 0) return <Empty>No image rule of slipway.yaml has matched yet.</Empty>;
  return (
    <ul class="rows">
      {images.map(({ id, repository, tag, state, digest, message, ref, createdAt }) => (
        <li key={id}>
          <Row
            title={`${repository}:${tag}`}
            detail={digest === undefined ? (message ?? `waiting for the pipeline of ${ref}`) : shortDigest(digest)}
            status={imageStatus[state]}
            address={linkTo.image(id)}
            at={createdAt}
            tags={ref}
          />
        </li>
      ))}
    </ul>
  );
}

/** Returns why the newest commit has no pipeline, if one could not be created. `pipeline` is then an older commit's. */
function refusalOf({ sha, pipeline, status }: Omit<BranchView, 'name'>): StatusView | undefined {
  return status?.state === 'error' && pipeline?.head !== sha ? status : undefined;
}

function refusalOfRequest({ headSha, state, ...change }: RequestView): StatusView | undefined {
  return state === 'open' ? refusalOf({ ...change, sha: headSha }) : undefined;
}

/** Returns the changes of a stack for which no pipeline could be created. */
export function refusalsOf({ branches, requests }: StackView): readonly Refusal[] {
  const all = [
    ...branches.map((branch) => ({ name: branch.name, status: refusalOf(branch) })),
    ...requests.map((request) => ({ name: `pull/${request.number}`, status: refusalOfRequest(request) })),
  ];
  return all.flatMap(({ name, status }) => (status === undefined ? [] : [{ name, status }]));
}
