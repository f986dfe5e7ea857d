import type { AuditPage } from '../../../../src/protocol/index.ts';
import { ApiFailure } from '../../api.ts';
import { StackChoice } from '../../parts/stack-choice.tsx';
import { Crumbs, Empty, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { useKept } from '../../use-kept.ts';
import { useRefresh } from '../../use-refresh.ts';
import { useSettled } from '../../use-settled.ts';
import { RecordList } from './record-list.tsx';
import '../../style/search.css';
import '../../style/activity.css';

const REFRESH_MS = 5000;
const texts = [
  ['who', 'Who', 'account:*'],
  ['action', 'Action', 'job.*'],
  ['since', 'Since', '7d or 2026-11-29'],
  ['until', 'Until', '1h or 2026-11-30'],
] as const;

/** Who did what, and what was refused, the newest first: the audit log. New records appear by themselves. */
export function ActivityView() {
  useTitle('Activity');
  useRefresh(REFRESH_MS);
  const filter = useFilter();
  const settled = useSettled(filter.query);
  const paged = new URLSearchParams(settled);
  if (filter.before !== '') paged.set('before', filter.before);
  const { data, failure } = useResource<AuditPage>(`/audit?${paged.toString()}`);
  const page = useKept(data);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Activity']]} />
      <header class="head">
        <h1>Activity</h1>
        <Exports query={settled} />
      </header>
      <Filters filter={filter} />
      {failure !== undefined && <Refusal failure={failure} stack={filter.values.stack} />}
      {failure === undefined && (page === undefined ? <Waiting /> : <Records page={page} filter={filter} />)}
    </>
  );
}

type Filter = ReturnType<typeof useFilter>;

/** The filter in the address. A change of it begins with the newest record again. */
function useFilter() {
  const [before, setBefore] = useQuery('before', '');
  const [stack, setStack] = useQuery('stack', '');
  const [who, setWho] = useQuery('who', '');
  const [action, setAction] = useQuery('action', '');
  const [outcome, setOutcome] = useQuery('outcome', '');
  const [since, setSince] = useQuery('since', '');
  const [until, setUntil] = useQuery('until', '');
  const values = { stack, who, action, outcome, since, until };
  const setters = {
    stack: setStack,
    who: setWho,
    action: setAction,
    outcome: setOutcome,
    since: setSince,
    until: setUntil,
  };
  const given = Object.entries(values).filter(([, value]) => value !== '');
  const set = (name: keyof typeof values, value: string) => {
    setBefore('');
    setters[name](value);
  };
  return { values, set, before, setBefore, query: new URLSearchParams(given).toString() };
}

function Exports({ query }: { query: string }) {
  const csv = new URLSearchParams(query);
  csv.set('format', 'csv');
  return (
    <span class="faint">
      export as{' '}
      <a href={`/api/v1/audit/export?${query}`} download>
        JSON lines
      </a>{' '}
      or{' '}
      <a href={`/api/v1/audit/export?${csv.toString()}`} download>
        CSV
      </a>
    </span>
  );
}

function Filters({ filter: { values, set } }: { filter: Filter }) {
  return (
    <form class="search activity-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <StackChoice stack={values.stack} onChoice={(stack) => set('stack', stack)} />
      {texts.map(([name, label, example]) => (
        <label key={name}>
          {label}{' '}
          <input
            type="search"
            name={name}
            value={values[name]}
            placeholder={example}
            onInput={(event) => set(name, event.currentTarget.value)}
          />
        </label>
      ))}
      <label>
        Outcome{' '}
        <select name="outcome" value={values.outcome} onChange={(event) => set('outcome', event.currentTarget.value)}>
          {['', 'done', 'refused', 'failed'].map((one) => (
            <option key={one} value={one}>
              {one === '' ? 'all' : one}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

/** Who may approve requests of a stack sees what concerns it; the whole log is for those who may on all stacks. */
function Refusal({ failure, stack }: { failure: Error; stack: string }) {
  const isForbidden = failure instanceof ApiFailure && failure.status === 403 && stack === '';
  return isForbidden ? (
    <Empty>
      The whole log is for people with the scope <code>approve</code> on all stacks. Choose a stack to see its activity.
    </Empty>
  ) : (
    <Waiting failure={failure} />
  );
}

function Records({ page: { records, next }, filter }: { page: AuditPage; filter: Filter }) {
  const isFirst = filter.before === '';
  return (
    <>
      {records.length === 0 && (
        <Empty>{next === undefined ? 'No record matches.' : 'None of the records looked at matches.'}</Empty>
      )}
      <RecordList records={records} />
      {(!isFirst || next !== undefined) && (
        <p class="pager">
          <button type="button" disabled={isFirst} onClick={() => filter.setBefore('')}>
            newest
          </button>
          <button
            type="button"
            disabled={next === undefined}
            onClick={() => next !== undefined && filter.setBefore(String(next))}
          >
            older
          </button>
        </p>
      )}
    </>
  );
}
