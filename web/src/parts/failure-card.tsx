import type { FailedJob, Failure, FailureReport } from '../../../src/protocol/index.ts';
import { linkTo } from '../router.ts';
import { CodeText } from './code-text.tsx';
import { Copyable, Facts, Section } from './page-parts.tsx';
import '../style/failure-card.css';

/** Failures that are shown at most, and those with the lines of their logs. */
const SHOWN = 20;
const DETAILED = 5;
/** Jobs of one failure that are linked. */
const LINKED = 20;

/**
 * Why a pipeline failed, or could not be created, in the words of the server. Failures that are allowed are left out.
 */
export function FailureCard({ report }: { report: FailureReport }) {
  const failures = report.failures.filter(({ jobs }) => jobs.length === 0 || jobs.some((job) => !job.allowFailure));
  if (failures.length === 0) return null;
  return (
    <Section class="failures" id="failures" title={report.headline}>
      <ul>
        {failures.slice(0, SHOWN).map((failure, index) => (
          <li key={failure.headline}>
            {failures.length > 1 && (
              <p>
                <CodeText text={failure.headline} />
              </p>
            )}
            {index < DETAILED && <Context failure={failure} />}
            <FailureFacts failure={failure} isDetailed={index < DETAILED} />
          </li>
        ))}
      </ul>
      {failures.length > SHOWN && <p>{failures.length - SHOWN} more are not shown.</p>}
    </Section>
  );
}

/** The lines of the log around the error, whose own line is marked; their numbers lead to the log. */
function Context({ failure: { context, jobs } }: { failure: Failure }) {
  if (context === undefined) return null;
  const { line, first, lines } = context;
  const [job] = jobs;
  const width = String(first + lines.length).length;
  return (
    <pre class="error-lines">
      {lines.map((text, index) => {
        const number = first + index;
        const shown = String(number).padStart(width);
        const link = job === undefined || job.id === '' ? shown : <LineLink job={job} number={number} text={shown} />;
        const Line = number === line ? 'strong' : 'span';
        return (
          <Line key={number}>
            {link} {text}
            {'\n'}
          </Line>
        );
      })}
    </pre>
  );
}

function LineLink({ job, number, text }: { job: FailedJob; number: number; text: string }) {
  return (
    <a href={`${linkTo.job(job.id)}#L${number}`} aria-label={`Line ${number} of the log of ${job.name}`}>
      {text}
    </a>
  );
}

function FailureFacts({ failure, isDetailed }: { failure: Failure; isDetailed: boolean }) {
  const { position, hint, jobs, reproduce, tests } = failure;
  const at = position && [position.file, position.line, position.column].filter((part) => part !== undefined).join(':');
  return (
    <>
      <Facts
        facts={[
          ['in', at && <code>{at}</code>],
          ['tests', tests && `${tests.failed} of ${tests.total} failed, first ${tests.first}`],
          ['hint', isDetailed && hint !== undefined && <CodeText text={hint} />],
          ['log', jobs.length > 0 && <Jobs jobs={jobs} line={failure.context?.line} />],
        ]}
      />
      {isDetailed && reproduce !== undefined && <Copyable text={reproduce} label="the command that reproduces it" />}
    </>
  );
}

function Jobs({ jobs, line }: { jobs: Failure['jobs']; line: number | undefined }) {
  return (
    <>
      {jobs.slice(0, LINKED).map(({ name, page, pipeline }, index) => (
        <span key={`${pipeline} ${name}`}>
          {index > 0 && ', '}
          <a href={`/${page}`}>{index === 0 && line !== undefined ? `${name}, line ${line}` : name}</a>
        </span>
      ))}
      {jobs.length > LINKED && ` and ${jobs.length - LINKED} more`}
    </>
  );
}
