import type { AuditRecord } from '../../../../src/protocol/index.ts';
import { CodeText } from '../../parts/code-text.tsx';
import { Icon } from '../../parts/status.tsx';
import { addressWith } from '../../query-state.ts';
import { linkTo } from '../../router.ts';
import { actionWords } from './action-words.ts';
import { objectPage } from './object-page.ts';

/** Records below the days they are of. */
export function RecordList({ records }: { records: readonly AuditRecord[] }) {
  return (
    <>
      {daysOf(records).map(([day, own]) => (
        <section key={day} aria-label={day} class="records">
          <h2>{day}</h2>
          <ul>
            {own.map((record) => (
              <Row key={record.sequence} record={record} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function daysOf(records: readonly AuditRecord[]): readonly (readonly [string, readonly AuditRecord[]])[] {
  const days = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const day = new Date(record.time).toLocaleDateString(undefined, { dateStyle: 'full' });
    days.set(day, [...(days.get(day) ?? []), record]);
  }
  return [...days];
}

const outcomes = { done: 'success', refused: 'canceled', failed: 'failed' } as const;

function Row({ record }: { record: AuditRecord }) {
  const { time, who, from, action, stack, outcome, reason, details } = record;
  const at = new Date(time);
  const more = Object.entries(details ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <li>
      <time class="number faint" dateTime={time} title={at.toLocaleString()}>
        {at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })}
      </time>
      <span class="record-who">
        <FilterLink name="who" value={who} />
        {from !== undefined && <span class="faint"> {from}</span>}
      </span>
      <span class="record-what">
        <FilterLink name="action" value={action} text={actionWords(action)} /> <ObjectText record={record} />
        {stack !== undefined && (
          <span class="faint">
            {' '}
            in <a href={linkTo.stack(stack)}>{stack}</a>
          </span>
        )}
        {more.length > 0 && <span class="record-more faint">{more.join(', ')}</span>}
        {reason !== undefined && (
          <span class="record-more">
            <CodeText text={reason} />
          </span>
        )}
      </span>
      <Icon look={outcomes[outcome]} text={outcome} label />
    </li>
  );
}

/** Shows the records with the same value alone. */
function FilterLink({ name, value, text = value }: { name: 'who' | 'action'; value: string; text?: string }) {
  const newest = new URL(addressWith(location.href, { name: 'before' }), location.href).href;
  const address = addressWith(newest, { name, value });
  return (
    <a class="record-filter" href={address} title={`Only ${value}`}>
      {text}
    </a>
  );
}

function ObjectText({ record }: { record: AuditRecord }) {
  const page = objectPage(record);
  return page === undefined ? <>{record.on}</> : <a href={page}>{record.on}</a>;
}
