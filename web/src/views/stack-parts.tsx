import type {
  BranchView,
  ImageView,
  PipelineView,
  RequestView,
  StackView,
  StatusView,
} from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { shortDigest, shortSha } from '../format.ts';
import { Empty } from '../parts/page-parts.tsx';
import { Status, imageStatus, statusText } from '../parts/status.tsx';
import { Ago, RunTime } from '../parts/times.tsx';
import { linkTo } from '../router.ts';

/** What an event changes in a stack. New pipelines, branches and images are rare enough to ask for the whole again. */
export function applyToStack(stack: StackView, message: LiveMessage): StackView | 'reload' {
  switch (message.type) {
    case 'pipeline':
      return message.pipeline.stack === stack.name && message.pipeline.parent === undefined
        ? withPipeline(stack, message.pipeline)
        : stack;
    case 'status':
      return message.status.stack === stack.name ? withStatus(stack, message.status) : stack;
    case 'image':
      return message.image.stack === stack.name ? 'reload' : stack;
    case 'request':
      return message.request.stack === stack.name ? 'reload' : stack;
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
  if (branches.length === 0) return <Empty>The remote has no protected branch yet.</Empty>;
  return (
    <ul class="rows">
      {branches.map(({ name, sha, pipeline, status }) => (
        <li key={name}>
          <Row
            pipeline={pipeline}
            title={name}
            detail={toldLine(status) ?? (pipeline === undefined ? 'no pipeline yet' : statusText(pipeline.status))}
            refusal={refusalOf({ sha, pipeline, status })}
          >
            <code>{shortSha(sha)}</code>
          </Row>
        </li>
      ))}
    </ul>
  );
}

export function Requests({ requests }: { requests: readonly RequestView[] }) {
  if (requests.length === 0) return <Empty>No pull request has come yet.</Empty>;
  return (
    <ul class="rows">
      {requests.map(({ number, title, state, fork, headSha, pipeline, status }) => (
        <li key={number} class={state === 'open' ? '' : 'past'}>
          <Row
            pipeline={pipeline}
            title={title}
            detail={toldLine(status) ?? 'no pipeline yet'}
            refusal={state === 'open' ? refusalOf({ sha: headSha, pipeline, status }) : undefined}
          >
            {fork && <span class="tag warn">fork</span>}
            {state !== 'open' && <span class="tag">{state}</span>}
            <span class="number">#{number}</span>
          </Row>
        </li>
      ))}
    </ul>
  );
}

/** What a commit was told, and why the forge does not have it. */
function toldLine(status: StatusView | undefined): string | undefined {
  const text = status?.detail ?? status?.description;
  return status?.problem === undefined ? text : `${text} (not at the forge: ${status.problem})`;
}

interface RowOptions {
  readonly pipeline?: PipelineView;
  readonly title: string;
  readonly detail: string;
  readonly refusal?: StatusView;
  readonly children: preact.ComponentChildren;
}

function Row({ pipeline, title, detail, refusal, children }: RowOptions) {
  if (refusal !== undefined) return <RefusedRow title={title} refusal={refusal} tags={children} />;
  const inside = (
    <>
      {pipeline === undefined ? <span class="status-gap" /> : <Status status={pipeline.status} />}
      <span class="row-text">
        <span class="row-title">{title}</span>
        <span class="row-detail">{detail}</span>
      </span>
    </>
  );
  return (
    <>
      {pipeline === undefined ? (
        <span class="row-link">{inside}</span>
      ) : (
        <a class="row-link" href={linkTo.pipeline(pipeline.id)}>
          {inside}
        </a>
      )}
      <span class="row-end">
        <span class="row-tags">{children}</span>
        {pipeline !== undefined && <Ago at={pipeline.createdAt} />}
      </span>
    </>
  );
}

/** A change whose pipeline could not be created: there is no page to lead to, so the whole reason stands here. */
function RefusedRow({ title, refusal, tags }: { title: string; refusal: StatusView; tags: preact.ComponentChildren }) {
  return (
    <>
      <span class="row-link">
        <Status status="failed" />
        <span class="row-text">
          <span class="row-title">{title}</span>
          <span class="row-refusal">{toldLine(refusal)}</span>
        </span>
      </span>
      <span class="row-end">
        <span class="row-tags">{tags}</span>
        <Ago at={refusal.at} />
      </span>
    </>
  );
}

export function Images({ images }: { images: readonly ImageView[] }) {
  if (images.length === 0) return <Empty>No rule of slipway.yaml has made an image yet.</Empty>;
  return (
    <ul class="rows">
      {images.map(({ id, repository, tag, state, digest, message, ref, createdAt }) => (
        <li key={id}>
          <a class="row-link" href={linkTo.image(id)}>
            <Status status={imageStatus[state]} />
            <span class="row-text">
              <span class="row-title">
                {repository}:{tag}
              </span>
              <span class="row-detail">
                {digest === undefined ? (message ?? `waits for the pipeline of ${ref}`) : shortDigest(digest)}
              </span>
            </span>
          </a>
          <span class="row-end">
            <span>{ref}</span>
            <Ago at={createdAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Pipelines, and above them the changes that should have one. */
export function PipelineTable({ stack }: { stack: StackView }) {
  const { pipelines } = stack;
  const refusals = refusalsOf(stack);
  if (pipelines.length + refusals.length === 0) return <Empty>No pipeline has run yet.</Empty>;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Pipelines">
      <table>
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Status</th>
            <th scope="col">Ref</th>
            <th scope="col">Commit</th>
            <th scope="col">Trust</th>
            <th scope="col">Began</th>
            <th scope="col">Duration</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
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
          {toldLine(status)}
        </td>
      </tr>
    </>
  );
}

interface Change {
  readonly sha: string;
  readonly pipeline?: PipelineView;
  readonly status?: StatusView;
}

/**
 * Why the newest commit has no pipeline, where one could not be created. The pipeline at hand is then an older
 * commit's.
 */
function refusalOf({ sha, pipeline, status }: Change): StatusView | undefined {
  return status?.state === 'error' && pipeline?.head !== sha ? status : undefined;
}

function refusalsOf({ branches, requests }: StackView): readonly { name: string; status: StatusView }[] {
  const changes = [
    ...branches.map(({ name, ...change }) => ({ name, ...change })),
    ...requests
      .filter(({ state }) => state === 'open')
      .map(({ number, headSha, ...change }) => ({ ...change, name: `pull/${number}`, sha: headSha })),
  ];
  return changes.flatMap(({ name, ...change }) => {
    const status = refusalOf(change);
    return status === undefined ? [] : [{ name, status }];
  });
}
