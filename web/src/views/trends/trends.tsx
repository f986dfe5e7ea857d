import type { Trends } from '../../../../src/protocol/index.ts';
import type { LiveMessage } from '../../live.ts';
import { StackChoice } from '../../parts/stack-choice.tsx';
import { Crumbs, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Switch } from '../../parts/switch.tsx';
import { addressWith, useChoice, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { useKept } from '../../use-kept.ts';
import { Charts } from './charts.tsx';
import { FailureClasses } from './failure-classes.tsx';
import { Figures } from './figures.tsx';
import { TrendTable } from './trend-table.tsx';
import '../../style/search.css';
import '../../style/trends.css';

const RELOAD_MS = 5000;
const lengths = ['7', '30', '90'] as const;
const views = ['charts', 'table'] as const;

/** How durations, waiting, reuse, sizes and failures develop over days. */
export function TrendsView() {
  useTitle('Trends');
  const [stack, setStack] = useQuery('stack', '');
  const [days, setDays] = useChoice('days', { choices: lengths, standard: '30' });
  const [view, setView] = useChoice('view', { choices: views, standard: 'charts' });
  const query = new URLSearchParams({ days, ...(stack !== '' && { stack }) });
  const { data, failure } = useResource<Trends>(`/trends?${query.toString()}`, reloadOnEnds, RELOAD_MS);
  const trends = useKept(data);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Trends']]} />
      <header class="head">
        <h1>Trends</h1>
        <div class="search">
          <Switch
            class="trend-choice"
            label="Time"
            choices={lengths}
            chosen={days}
            onChoose={setDays}
            text={(one) => `${one} days`}
          />
          <Switch class="trend-choice" label="View" choices={views} chosen={view} onChoose={setView} />
          <StackChoice stack={stack} onChoice={setStack} />
        </div>
      </header>
      {failure !== undefined || trends === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <>
          <Figures trends={trends} />
          {view === 'charts' ? <Charts days={trends.days} /> : <Days trends={trends} />}
          <Section id="failures" title="Failed jobs by cause">
            <FailureClasses failures={trends.failures} />
          </Section>
          {trends.stacks.length > 1 && <Stacks trends={trends} />}
        </>
      )}
    </>
  );
}

function reloadOnEnds(trends: Trends, message: LiveMessage): Trends | 'reload' {
  return message.type === 'pipeline' && message.pipeline.finishedAt !== undefined ? 'reload' : trends;
}

function Days({ trends }: { trends: Trends }) {
  const rows = trends.days.map(({ day, ...figures }) => ({ key: day, title: day, figures })).toReversed();
  return <TrendTable label="Days" first="Day" rows={rows} />;
}

function Stacks({ trends }: { trends: Trends }) {
  const rows = trends.stacks.map(({ name, ...figures }) => ({
    key: name,
    title: <a href={addressWith(location.href, { name: 'stack', value: name })}>{name}</a>,
    figures,
  }));
  return (
    <Section id="stacks" title="Stacks">
      <TrendTable label="Figures of each stack" first="Stack" rows={rows} />
    </Section>
  );
}
