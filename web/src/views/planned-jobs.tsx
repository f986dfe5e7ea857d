import type { PlannedJob, RequestPlan, ShownText } from '../../../src/protocol/index.ts';
import { CodeText } from '../parts/code-text.tsx';
import { IncludedTexts } from '../parts/included-texts.tsx';
import { Empty, Facts } from '../parts/page-parts.tsx';
import '../style/planned-jobs.css';

/** Jobs that are shown open. */
const OPEN_JOBS = 20;

/** What would run for a request: its jobs with their scripts as plain text, or why there are none. */
export function PlannedJobs({ plan }: { plan: RequestPlan }) {
  const { nothing, problem, diagnostics, jobs, jobCount, includes } = plan;
  return (
    <>
      {nothing !== undefined && <p class="notice mild">{nothing}</p>}
      {problem !== undefined && (
        <p class="notice">
          <CodeText text={`${problem.message} ${problem.hint ?? ''}`} />
        </p>
      )}
      {diagnostics.map(({ file, line, column, severity, message, code, hint }) => (
        <p key={`${file}:${line}:${column} ${message}`} class={severity === 'error' ? 'notice' : 'notice mild'}>
          <code>
            {file}:{line}:{column}
          </code>{' '}
          <CodeText text={`${message} [${code}] ${hint ?? ''}`} />
        </p>
      ))}
      <IncludedTexts includes={includes} />
      {jobs.map((job, index) => (
        <Job key={job.name} job={job} isOpen={index < OPEN_JOBS} />
      ))}
      {jobCount > jobs.length && (
        <p class="notice">{jobCount - jobs.length} more jobs are not shown. Read the configuration itself.</p>
      )}
    </>
  );
}

function Job({ job, isOpen }: { job: PlannedJob; isOpen: boolean }) {
  const { name, stage, when, image, services, tags, children } = job;
  return (
    <details open={isOpen} class="planned">
      <summary>
        <strong>{name}</strong> <span class="faint">{stage}</span>
      </summary>
      <Facts
        facts={[
          ['when', when !== 'on_success' && when],
          ['image', image && <code>{image}</code>],
          ['services', services.join(', ')],
          ['tags', tags.join(', ')],
          ['starts the pipeline of', children.join(', ')],
        ]}
      />
      <Script title="before the sources are fetched" script={job.beforeSources} />
      <Script title="script" script={job.script} />
      <Script title="after_script" script={job.afterScript} />
      <Script title="variables" script={job.variables} />
    </details>
  );
}

function Script({ title, script }: { title: string; script: ShownText | undefined }) {
  if (script === undefined) return null;
  return (
    <>
      <p class="faint">{title}</p>
      <pre>{script.text}</pre>
      {script.omitted > 0 && (
        <p class="notice">{script.omitted} more characters are not shown. Read the configuration itself.</p>
      )}
    </>
  );
}

/** The files that a request changes, first those that configure pipelines. */
export function ChangedPaths({ plan: { paths, pathCount } }: { plan: RequestPlan }) {
  if (paths.length === 0)
    return <Empty>{pathCount === undefined ? 'It is not known which files differ.' : 'No file differs.'}</Empty>;
  const rest = (pathCount ?? paths.length) - paths.length;
  return (
    <>
      <ul>
        {paths.map(({ path, configures }) => (
          <li key={path}>
            <code>{path}</code> {configures && <span class="tag warn">configures pipelines</span>}
          </li>
        ))}
      </ul>
      {rest > 0 && <p class="faint">and {rest} more</p>}
    </>
  );
}
