import type { Queue } from '../../../../src/protocol/index.ts';
import type { LiveMessage } from '../../live.ts';
import { DrainNotice } from '../../parts/drain-notice.tsx';
import { StackChoice } from '../../parts/stack-choice.tsx';
import { Crumbs, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { useKept } from '../../use-kept.ts';
import { useRefresh } from '../../use-refresh.ts';
import { ActivePipelines } from './active-pipelines.tsx';
import { QueueList } from './queue-list.tsx';
import { waitKinds, waitWords } from './wait-words.ts';
import '../../style/search.css';
import '../../style/queue.css';

const REFRESH_MS = 10_000;
const ALL = 'all';
const choices = [ALL, ...waitKinds] as const;

/** What waits for what: ready jobs with what keeps each from running, and pipelines by what their jobs do. */
export function QueueView() {
  useTitle('Queue');
  useRefresh(REFRESH_MS);
  const [stack, setStack] = useQuery('stack', '');
  const [kind, setKind] = useChoice('for', { choices, standard: ALL });
  const query = new URLSearchParams({
    limit: '2000',
    ...(stack !== '' && { stack }),
    ...(kind !== ALL && { kind }),
  });
  const { data, failure } = useResource<Queue>(`/queue?${query.toString()}`, reloadOnJobs, 1000);
  const queue = useKept(data);
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Queue']]} />
      <header class="head">
        <h1>Queue</h1>
        <a href="/runners">runners</a>
      </header>
      {queue?.drain !== undefined && <DrainNotice drain={queue.drain} />}
      {failure !== undefined || queue === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <div class="queue-columns">
          <Section id="queue-jobs" title="Jobs that wait" class="queue-part">
            <div class="search">
              <Kinds kinds={queue.kinds} chosen={kind} onChoice={setKind} />
              <StackChoice stack={stack} onChoice={setStack} />
            </div>
            <QueueList queue={queue} />
          </Section>
          <Section id="queue-pipelines" title="Active pipelines" class="queue-part">
            <ActivePipelines pipelines={queue.pipelines} />
          </Section>
        </div>
      )}
    </>
  );
}

function reloadOnJobs(queue: Queue, { type }: LiveMessage): Queue | 'reload' {
  return type === 'job' || type === 'pipeline' ? 'reload' : queue;
}

interface KindsOptions {
  readonly kinds: Queue['kinds'];
  readonly chosen: (typeof choices)[number];
  readonly onChoice: (kind: (typeof choices)[number]) => void;
}

function Kinds({ kinds, chosen, onChoice }: KindsOptions) {
  const counts = new Map(kinds.map(({ kind, count }) => [kind, count]));
  const all = kinds.reduce((sum, { count }) => sum + count, 0);
  const offered = waitKinds.filter((kind) => counts.has(kind) || kind === chosen);
  if (offered.length === 0) return null;
  return (
    <Switch
      class="queue-kinds"
      label="What jobs wait for"
      choices={[ALL, ...offered]}
      chosen={chosen}
      onChoose={onChoice}
      text={(kind) => (
        <>
          {kind === ALL ? 'all' : waitWords[kind]}{' '}
          <span class="number">{kind === ALL ? all : (counts.get(kind) ?? 0)}</span>
        </>
      )}
    />
  );
}
