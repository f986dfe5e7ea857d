import { useMemo } from 'preact/hooks';
import type { PipelineDetail } from '../../../../src/protocol/index.ts';
import { allJobs, nodeKey } from '../../graph/graph-layout.ts';
import { jobStates, type JobState } from '../../parts/job-state.ts';
import { Empty } from '../../parts/page-parts.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { GroupHead } from './group-head.tsx';
import { jobColumns } from './job-columns.tsx';
import { JobFilters } from './job-filters.tsx';
import { groupings, jobRows, type JobRow } from './job-rows.ts';
import '../../style/jobs.css';

/** Between the entries of a parameter: no name of a job holds a line break. */
const BREAK = '\n';

/**
 * The jobs of a pipeline and of its children as a list, of which the address says what is shown, and in which order.
 */
export function JobsTab({ detail }: { detail: PipelineDetail }) {
  const [states, setStates] = useQuery('state', '');
  const [search, setSearch] = useQuery('q', '');
  const [order, setOrder] = useQuery('sort', '');
  const [grouping, setGrouping] = useChoice('group', { choices: groupings, standard: 'pipeline' });
  const [toggled, setToggled] = useQuery('fold', '');
  const chosen = chosenStates(states);
  const rows = useMemo(
    () => jobRows(detail, { states: chosen, search, order, grouping, toggled: new Set(toggled.split(BREAK)) }),
    [detail, states, search, order, grouping, toggled],
  );
  const toggle = (key: string) => setToggled(swapped(toggled === '' ? [] : toggled.split(BREAK), key).join(BREAK));
  return (
    <>
      <JobFilters
        jobs={allJobs(detail)}
        states={chosen}
        onState={(state) => setStates(swapped([...chosen], state).join(','))}
        search={search}
        onSearch={setSearch}
        grouping={grouping}
        onGrouping={(next) => {
          setToggled('');
          setGrouping(next);
        }}
      />
      {rows.length === 0 ? (
        <Empty>No job matches. Choose other states or another search.</Empty>
      ) : (
        <VirtualList
          label="Jobs"
          class="jobs"
          columns={jobColumns}
          rows={rows}
          keyOf={keyOf}
          heading={(row) =>
            row.group && <GroupHead group={row.group} isFolded={row.isFolded} onToggle={() => toggle(row.group.key)} />
          }
          order={{ value: order, set: setOrder }}
        />
      )}
    </>
  );
}

function keyOf(row: JobRow): string {
  return row.job === undefined ? `group ${row.group.key}` : nodeKey(row.job);
}

function chosenStates(text: string): ReadonlySet<JobState> {
  const names = new Set(text.split(','));
  return new Set(jobStates.filter((state) => names.has(state)));
}

function swapped<T>(list: readonly T[], one: T): readonly T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}
