import type { Failure, JobDetail } from '../../../../src/protocol/index.ts';
import { CodeText } from '../../parts/code-text.tsx';
import { Copyable } from '../../parts/page-parts.tsx';
import { isForgiven, reasonText, stuckText } from '../../parts/status.tsx';

/** Why a job failed or waits: one line, with the lines of its log and the way to repeat it folded into it. */
export function JobFailure({ detail: { job, failure } }: { detail: JobDetail }) {
  if (job.stuck !== undefined) return <p class="notice">{stuckText(job)}</p>;
  if (job.status !== 'failed') return null;
  const look = isForgiven(job) ? 'notice mild job-failure' : 'notice job-failure';
  const at = failure?.context?.line;
  return (
    <section class={look} aria-label="Failure">
      <p>
        <strong>
          <CodeText text={failure === undefined ? (reasonText(job) ?? 'The job failed') : failure.headline} />
        </strong>
        {at !== undefined && (
          <>
            {' '}
            <a href={`#L${at}`}>line {at}</a>
          </>
        )}
      </p>
      <details>
        <summary>{at === undefined ? 'Repeat it on your machine' : 'Lines of the log, and how to repeat it'}</summary>
        {failure?.context !== undefined && <Context context={failure.context} />}
        {failure?.hint !== undefined && (
          <p>
            <CodeText text={failure.hint} />
          </p>
        )}
        {failure !== undefined && reasonText(job) !== '' && <p>{reasonText(job)}</p>}
        <Copyable
          label="the command that repeats the job on your machine"
          text={`slipway reproduce ${job.id} --url ${location.origin}`}
        />
      </details>
    </section>
  );
}

/** The lines of the log around the error, whose own line is marked. */
function Context({ context }: { context: NonNullable<Failure['context']> }) {
  const width = String(context.first + context.lines.length).length;
  return (
    <pre tabIndex={0} aria-label="Lines around the error">
      {context.lines.map((text, index) => {
        const number = context.first + index;
        const line = `${String(number).padStart(width)} | ${text}\n`;
        return number === context.line ? <strong key={number}>{`> ${line}`}</strong> : `  ${line}`;
      })}
    </pre>
  );
}
