import type { PipelineDetail } from '../../../../src/protocol/index.ts';
import { allJobs } from '../../graph/graph-layout.ts';
import { useChoice } from '../../query-state.ts';
import { GraphTab } from './graph-tab.tsx';
import { JobsTab } from './jobs-tab.tsx';
import { TimelineTab } from './timeline-tab.tsx';
import { Switch } from '../../parts/switch.tsx';

/** With more jobs the list is shown first. */
const GRAPH_JOBS = 300;

/** Each tab is a component of its own file. */
const tabs = { list: JobsTab, graph: GraphTab, timeline: TimelineTab } as const;
type Tab = keyof typeof tabs;
const choices = Object.keys(tabs) as Tab[];

/** The jobs of a pipeline and of its children, in one of several forms. */
export function PipelineBody({ detail }: { detail: PipelineDetail }) {
  const [tab, setTab] = useChoice('tab', { choices, standard: standardTab(detail) });
  const Shown = tabs[tab];
  return (
    <>
      <Switch label="Show jobs as" choices={choices} chosen={tab} onChoose={setTab} />
      <Shown detail={detail} />
    </>
  );
}

function standardTab(detail: PipelineDetail): Tab {
  return allJobs(detail).length > GRAPH_JOBS || innerWidth < 700 ? 'list' : 'graph';
}
