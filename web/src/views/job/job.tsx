import { useEffect, useMemo } from 'preact/hooks';
import type { JobDetail } from '../../../../src/protocol/index.ts';
import { onMessage, watch, type LiveMessage } from '../../live.ts';
import { LogModel } from '../../log/log-model.ts';
import { LogView } from '../../log/log-view.tsx';
import { Waiting, useTitle } from '../../parts/page-parts.tsx';
import { jobText } from '../../parts/status.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { JobArtifacts } from './job-artifacts.tsx';
import { JobFailure } from './job-failure.tsx';
import { JobHead } from './job-head.tsx';
import { JobTests } from './job-tests.tsx';
import '../../style/job.css';

const live = new Set(['pending', 'running', 'canceling']);
/** Interval for logs whose growth no event reports. */
const REFRESH_MS = 5000;

const choices = ['log', 'tests', 'artifacts'] as const;

export function JobPage({ id }: { id: string }) {
  const { data, failure } = useResource<JobDetail>(`/jobs/${id}`, apply);
  const isLive = data !== undefined && live.has(data.job.status);
  const model = useLog(id, { root: data?.root.id, isLive });
  const [tab, setTab] = useChoice('tab', { choices, standard: 'log' });
  useTitle(data === undefined ? `Job ${id}` : `${jobText(data.job)}: ${data.job.name}`);
  if (data === undefined) return <Waiting failure={failure} />;
  const shown = choices.filter((one) => hasContent(data, one));
  return (
    <div class="job-page">
      <JobHead detail={data} />
      <JobFailure detail={data} />
      {shown.length > 1 && (
        <Switch
          label="Show of the job"
          choices={shown}
          chosen={tab}
          onChoose={setTab}
          text={(one) => (one === 'tests' ? `tests ${data.tests?.total}` : one)}
        />
      )}
      {tab === 'tests' && <JobTests job={id} tests={data.tests} />}
      {tab === 'artifacts' && <JobArtifacts job={id} isEmpty={data.artifactBytes === undefined} />}
      {tab === 'log' && <LogView model={model} isRunning={isLive} hasFailed={data.job.status === 'failed'} />}
    </div>
  );
}

function hasContent({ tests, artifactBytes }: JobDetail, tab: (typeof choices)[number]): boolean {
  return tab === 'log' || (tab === 'tests' ? tests !== undefined : artifactBytes !== undefined);
}

/** The log of a job, kept up to date. */
function useLog(id: string, { root, isLive }: { root: string | undefined; isLive: boolean }): LogModel {
  const model = useMemo(() => new LogModel(id), [id]);
  useEffect(() => {
    if (root !== undefined) watch({ pipeline: root, job: id });
  }, [root, id]);
  useEffect(
    () =>
      onMessage((message) => {
        if ((message.type === 'log' && message.job === id) || message.type === 'fresh') void model.refresh();
      }),
    [model],
  );
  useEffect(() => {
    void model.refresh();
    if (!isLive) return;
    const timer = setInterval(() => void model.refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [model, isLive]);
  return model;
}

function apply(detail: JobDetail, message: LiveMessage): JobDetail | 'reload' {
  if (message.type === 'pipeline' && message.pipeline.id === detail.root.id)
    return { ...detail, root: message.pipeline };
  if (message.type !== 'job') return detail;
  // The event does not include what the job left, nor why it failed.
  if (message.job.id === detail.job.id && live.has(detail.job.status) && !live.has(message.job.status)) return 'reload';
  if (message.job.id === detail.job.id) return { ...detail, job: message.job };
  const isOtherAttempt = message.job.name === detail.job.name && message.job.pipeline === detail.job.pipeline;
  return isOtherAttempt ? 'reload' : detail;
}
