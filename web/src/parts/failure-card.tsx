import type { Failure, FailureReport } from '../../../src/protocol/index.ts';
import { Copyable, Facts, Section } from './page-parts.tsx';
import '../style/failure-card.css';

/** Failures that are shown at most, and those with the lines of their logs. */
const SHOWN = 20;
const DETAILED = 5;
/** Jobs of one failure that are linked. */
const LINKED = 20;

/** Why a pipeline failed, or could not be created, in the words of the server. Failures that are allowed are left out. */
export function FailureCard({ report }: { report: FailureReport }) {
  const failures = report.failures.filter(({ jobs }) => jobs.length === 0 || jobs.some((job) => !job.allowFailure));
  if (failures.length === 0) return null;
  return (
    <Section class="failures" id="failures" title={report.headline}>
      <ul>
        {failures.slice(0, SHOWN).map((failure, index) => (
          <li key={failure.headline}>
            {failures.length > 1 && <p>{failure.headline}</p>}
            {index < DETAILED && <Context context={failure.context} />}
            <FailureFacts failure={failure} isDetailed={index < DETAILED} />
          </li>
        ))}
      </ul>
      {failures.length > SHOWN && <p>{failures.length - SHOWN} more are not shown.</p>}
    </Section>
  );
}

/** The lines of the log around the error, whose own line is marked. */
function Context({ context }: Pick<Failure, 'context'>) {
  if (context === undefined) return null;
  const width = String(context.first + context.lines.length).length;
  return (
    <pre>
      {context.lines.map((text, index) => {
        const number = context.first + index;
        const line = `${number === context.line ? '>' : ' '} ${String(number).padStart(width)} | ${text}\n`;
        return number === context.line ? <strong key={number}>{line}</strong> : line;
      })}
    </pre>
  );
}

function FailureFacts({ failure, isDetailed }: { failure: Failure; isDetailed: boolean }) {
  const { position, hint, jobs, reproduce } = failure;
  const at = position && [position.file, position.line, position.column].filter((part) => part !== undefined).join(':');
  return (
    <>
      <Facts
        facts={[
          ['in', at && <code>{at}</code>],
          ['hint', isDetailed && hint],
          ['log', jobs.length > 0 && <Jobs jobs={jobs} />],
        ]}
      />
      {isDetailed && reproduce !== undefined && <Copyable text={reproduce} label="the command that reproduces it" />}
    </>
  );
}

function Jobs({ jobs }: Pick<Failure, 'jobs'>) {
  return (
    <>
      {jobs.slice(0, LINKED).map(({ name, page, pipeline }, index) => (
        <span key={`${pipeline} ${name}`}>
          {index > 0 && ', '}
          <a href={`/${page}`}>{name}</a>
        </span>
      ))}
      {jobs.length > LINKED && ` and ${jobs.length - LINKED} more`}
    </>
  );
}
