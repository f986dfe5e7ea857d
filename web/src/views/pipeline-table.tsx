import type { PipelineView, StatusView } from '../../../src/protocol/index.ts';
import { shortSha } from '../format.ts';
import { Empty } from '../parts/page-parts.tsx';
import { Status } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { Ago, RunTime } from '../parts/times.tsx';
import { linkTo } from '../router.ts';
import '../style/rows.css';
import '../style/pipeline-table.css';

/** A change for which no pipeline could be created. */
export interface Refusal {
  readonly name: string;
  readonly status: StatusView;
}

const columns = ['Pipeline', 'Status', 'Ref', 'Commit', 'Trust', 'Started', 'Duration'];

interface PipelineTableOptions {
  readonly pipelines: readonly PipelineView[];
  readonly refusals?: readonly Refusal[];
}

/** Pipelines, after the changes for which none could be created. */
export function PipelineTable({ pipelines, refusals = [] }: PipelineTableOptions) {
  if (pipelines.length + refusals.length === 0) return <Empty>No pipeline has run yet.</Empty>;
  return (
    <Table label="Pipelines" class="pipelines" columns={columns}>
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

function RefusalRows({ name, status }: Refusal) {
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

/** Returns the status of a commit as text, and why the forge does not have it. */
export function statusLine(status: StatusView): string {
  const text = status.detail ?? status.description;
  return status.problem === undefined ? text : `${text} (not posted to the forge: ${status.problem})`;
}
