import type { AttentionItem, AttentionList } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { Section } from '../parts/page-parts.tsx';
import { Look, type LookName } from '../parts/status.tsx';
import { Ago } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import '../style/rows.css';
import '../style/attention.css';

/** Milliseconds after an event until the list is read again, which the server computes from all stacks. */
const RELOAD_MS = 1500;

const looks: Readonly<Record<AttentionItem['kind'], LookName>> = {
  stack: 'failed',
  request: 'manual',
  branch: 'failed',
  image: 'failed',
  job: 'pending',
  runner: 'failed',
  destination: 'warning',
};

/** What waits for a person, in the server's words; each item leads to where it is dealt with. */
export function Attention() {
  const items = useResource<AttentionList>('/attention', apply, RELOAD_MS).data?.items;
  if (items === undefined) return null;
  if (items.length === 0) return <p class="faint calm">Nothing needs your attention.</p>;
  return (
    <Section class="attention" id="attention" title={`Needs attention (${items.length})`}>
      <ul class="rows">
        {items.map((item) => (
          <li key={`${item.kind} ${item.page} ${item.title}`}>
            <Item item={item} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Item({ item: { kind, stack, title, detail, page, at } }: { item: AttentionItem }) {
  const inside = (
    <>
      <Look look={looks[kind]} />
      <span class="row-text">
        <span class="row-title">{title}</span>
        <span class="row-detail" title={detail}>
          {detail}
        </span>
      </span>
    </>
  );
  return (
    <>
      {page === undefined ? (
        <span class="row-link">{inside}</span>
      ) : (
        <a class="row-link" href={`/${page}`}>
          {inside}
        </a>
      )}
      <span class="row-end">
        {stack !== undefined && <a href={linkTo.stack(stack)}>{stack}</a>}
        {at !== undefined && <Ago at={at} />}
      </span>
    </>
  );
}

function apply(list: AttentionList, { type }: LiveMessage): AttentionList | 'reload' {
  return type === 'log' ? list : 'reload';
}
