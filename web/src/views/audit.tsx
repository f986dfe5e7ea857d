import { useState } from 'preact/hooks';
import type { AuditPage, AuditRecord } from '../../../src/protocol/index.ts';
import { Crumbs, Empty, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Ago } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { useSettled } from '../use-settled.ts';
import '../style/search.css';
import '../style/table.css';

const FIELDS = [
  ['stack', 'Stack', 'name'],
  ['who', 'Who', 'account:*'],
  ['action', 'Action', 'job.*'],
  ['since', 'Since', '7d or 2026-11-29'],
  ['until', 'Until', '1h or 2026-11-30'],
] as const;
type Field = (typeof FIELDS)[number][0] | 'outcome';

/** Who did what, and what was refused, the newest first. */
export function AuditView() {
  useTitle('Audit log');
  const [filter, setFilter] = useState<Partial<Record<Field, string>>>({});
  const [pages, setPages] = useState<readonly number[]>([]);
  const change = (field: Field, value: string) => {
    setFilter({ ...filter, [field]: value });
    setPages([]);
  };
  const settled = useSettled(JSON.stringify(filter));
  const given = Object.entries(JSON.parse(settled) as typeof filter).filter(([, value]) => value !== '');
  const query = new URLSearchParams(Object.fromEntries(given));
  const before = pages.at(-1);
  const paged = new URLSearchParams({ ...Object.fromEntries(given), ...(before && { before: String(before) }) });
  const { data, failure } = useResource<AuditPage>(`/audit?${paged.toString()}`, (page, { type }) =>
    type === 'pipeline' || type === 'image' ? 'reload' : page,
  );
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Audit log']]} />
      <header class="head">
        <h1>Audit log</h1>
        <span class="faint">
          <a href={`/api/v1/audit/export?${query.toString()}`} download>
            JSON lines
          </a>{' '}
          <a
            href={`/api/v1/audit/export?${new URLSearchParams({ ...Object.fromEntries(query), format: 'csv' }).toString()}`}
            download
          >
            CSV
          </a>
        </span>
      </header>
      <form class="search" onSubmit={(event) => event.preventDefault()}>
        {FIELDS.map(([field, label, example]) => (
          <label key={field}>
            {label}{' '}
            <input
              type="search"
              name={field}
              value={filter[field] ?? ''}
              placeholder={example}
              onInput={(event) => change(field, event.currentTarget.value)}
            />
          </label>
        ))}
        <label>
          Outcome{' '}
          <select
            name="outcome"
            value={filter.outcome ?? ''}
            onChange={(event) => change('outcome', event.currentTarget.value)}
          >
            {['', 'done', 'refused', 'failed'].map((one) => (
              <option key={one} value={one}>
                {one === '' ? 'all' : one}
              </option>
            ))}
          </select>
        </label>
      </form>
      {data === undefined ? <Waiting failure={failure} /> : <RecordTable records={data.records} />}
      {data !== undefined && (pages.length > 0 || data.next !== undefined) && (
        <p class="pager">
          <button type="button" disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
            newer
          </button>
          <button
            type="button"
            disabled={data.next === undefined}
            onClick={() => data.next !== undefined && setPages([...pages, data.next])}
          >
            older
          </button>
        </p>
      )}
    </>
  );
}

function RecordTable({ records }: { records: readonly AuditRecord[] }) {
  if (records.length === 0) return <Empty>No record matches.</Empty>;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Records">
      <table>
        <thead>
          <tr>
            {['When', 'Who', 'Action', 'Stack', 'Object', 'Outcome'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <Row key={record.sequence} record={record} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ record }: { record: AuditRecord }) {
  const { time, who, from, action, stack, on, outcome, reason, details } = record;
  const more = Object.entries(details ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <tr>
      <td>
        <Ago at={time} />
      </td>
      <td>
        {who}
        {from !== undefined && <span class="faint"> {from}</span>}
      </td>
      <td>{action}</td>
      <td>{stack !== undefined && <a href={linkTo.stack(stack)}>{stack}</a>}</td>
      <td>
        {on}
        {more.length > 0 && <div class="faint">{more.join(', ')}</div>}
      </td>
      <td>
        {outcome}
        {reason !== undefined && <div class="faint">{reason}</div>}
      </td>
    </tr>
  );
}
