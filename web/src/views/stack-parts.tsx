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
import { Empty } from '../parts/page-parts.tsx';
import { Status, imageStatus, statusText } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { Ago, RunTime } from '../parts/times.tsx';
import { linkTo } from '../router.ts';

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
      {problem.message} {problem.hint}
    </p>
  );
}

export function Branches({ branches }: { branches: readonly BranchView[] }) {
  if (branches.length === 0) return <Empty>The repository has no protected branch yet.</Empty>;
  return (
    <ul class="rows">
      {branches.map((branch) => (
        <li key={branch.name}>
          <ChangeRow title={branch.name} change={branch} refusal={refusalOf(branch)}>
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
      {requests.map((request) => (
        <li key={request.number} class={request.state === 'open' ? '' : 'past'}>
          <ChangeRow title={request.title} change={request} refusal={refusalOfRequest(request)}>
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

/** Returns the status of a commit as text, and why the forge does not have it. */
function statusLine(status: StatusView | undefined): string | undefined {
  const text = status?.detail ?? status?.description;
  return status?.problem === undefined ? text : `${text} (not posted to the forge: ${status.problem})`;
}

interface ChangeRowOptions {
  readonly title: string;
  readonly change: { readonly pipeline?: PipelineView; readonly status?: StatusView };
  /** Set if no pipeline could be created: there is no page to link to, so the row shows the whole reason. */
  readonly refusal?: StatusView;
  readonly children: ComponentChildren;
}

function ChangeRow({ title, change: { pipeline, status }, refusal, children }: ChangeRowOptions) {
  if (refusal !== undefined)
    return <Row title={title} detail={statusLine(refusal)} refused status="failed" at={refusal.at} tags={children} />;
  return (
    <Row
      title={title}
      detail={statusLine(status) ?? (pipeline === undefined ? 'no pipeline yet' : statusText(pipeline.status))}
      status={pipeline?.status}
      address={pipeline && linkTo.pipeline(pipeline.id)}
      at={pipeline?.createdAt}
      tags={children}
    />
  );
}

interface RowOptions {
  readonly title: string;
  readonly detail: string | undefined;
  readonly refused?: boolean;
  readonly status?: RunStatus;
  readonly address?: string;
  readonly at?: string;
  readonly tags: ComponentChildren;
}

function Row({ title, detail, refused, status, address, at, tags }: RowOptions) {
  const inside = (
    <>
      {status === undefined ? <span class="status-gap" /> : <Status status={status} />}
      <span class="row-text">
        <span class="row-title">{title}</span>
        <span class={refused ? 'row-refusal' : 'row-detail'}>{detail}</span>
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

/** Pipelines, after the changes for which none could be created. */
export function PipelineTable({ stack }: { stack: StackView }) {
  const { pipelines } = stack;
  const refusals = refusalsOf(stack);
  if (pipelines.length + refusals.length === 0) return <Empty>No pipeline has run yet.</Empty>;
  return (
    <Table label="Pipelines" columns={['Pipeline', 'Status', 'Ref', 'Commit', 'Trust', 'Started', 'Duration']}>
      {refusals.map(({ name, status }) => (
        <RefusalRows key={name} name={name} status={status} />
      ))}
      {pipelines.map(({ id, status, ref, head, trust, createdAt, finishedAt }) => (
        <tr key={id}>
          <td>
            <a href={linkTo.pipeline(id)} class="number">
              #{id}
            </a>
          </td>
          <td>
            <Status status={status} label />
          </td>
          <td>{ref}</td>
          <td>
            <code>{shortSha(head)}</code>
          </td>
          <td>{trust}</td>
          <td>
            <Ago at={createdAt} />
          </td>
          <td>
            <RunTime from={createdAt} to={finishedAt} status={status} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function RefusalRows({ name, status }: { name: string; status: StatusView }) {
  const { sha, at } = status;
  return (
    <>
      <tr class="refused">
        <td class="faint">none</td>
        <td>
          <span class="status failed">not created</span>
        </td>
        <td>{name}</td>
        <td>
          <code>{shortSha(sha)}</code>
        </td>
        <td />
        <td>
          <Ago at={at} />
        </td>
        <td />
      </tr>
      <tr>
        <td />
        <td colSpan={6} class="row-refusal">
          {statusLine(status)}
        </td>
      </tr>
    </>
  );
}

/** Returns why the newest commit has no pipeline, if one could not be created. `pipeline` is then an older commit's. */
function refusalOf({ sha, pipeline, status }: Omit<BranchView, 'name'>): StatusView | undefined {
  return status?.state === 'error' && pipeline?.head !== sha ? status : undefined;
}

function refusalOfRequest({ headSha, state, ...change }: RequestView): StatusView | undefined {
  return state === 'open' ? refusalOf({ ...change, sha: headSha }) : undefined;
}

function refusalsOf({ branches, requests }: StackView): readonly { name: string; status: StatusView }[] {
  const all = [
    ...branches.map((branch) => ({ name: branch.name, status: refusalOf(branch) })),
    ...requests.map((request) => ({ name: `pull/${request.number}`, status: refusalOfRequest(request) })),
  ];
  return all.flatMap(({ name, status }) => (status === undefined ? [] : [{ name, status }]));
}
