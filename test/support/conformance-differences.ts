import type { ConformanceCase } from './conformance-case.ts';

/** How a pipeline ended. The names of a child's jobs are preceded by the trigger's name and ` / `. */
export interface PipelineResult {
  readonly status: string | undefined;
  readonly jobs: Readonly<Record<string, string>>;
  readonly attempts: Readonly<Record<string, number>>;
  /** Lines of each job's log, those of all its attempts. */
  readonly output: ReadonlyMap<string, readonly string[]>;
}

/** Lists what a result has otherwise than its case demands, one sentence each. */
export function differences(run: NonNullable<ConformanceCase['run']>, result: PipelineResult): readonly string[] {
  return [
    ...difference('The status', result.status, run.status),
    ...differencesByKey('The status of', result.jobs, run.jobs),
    ...Object.entries(run.attempts).flatMap(([job, attempts]) =>
      difference(`The number of attempts at \`${job}\``, result.attempts[job], attempts),
    ),
    ...Object.entries(run.output).flatMap(([job, lines]) => logDifferences(job, result.output.get(job) ?? [], lines)),
  ];
}

function differencesByKey(
  subject: string,
  found: Readonly<Record<string, string>>,
  demanded: Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Set([...Object.keys(demanded), ...Object.keys(found)]);
  return [...names].flatMap((name) => difference(`${subject} \`${name}\``, found[name], demanded[name]));
}

/** The demanded lines must be there in their order and number; those after `!` must not be there at all. */
function logDifferences(job: string, found: readonly string[], demanded: readonly string[]): readonly string[] {
  const required = demanded.filter((line) => !line.startsWith('!'));
  const forbidden = demanded.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  return [
    ...difference(
      `The log of \`${job}\``,
      found.filter((line) => required.includes(line)),
      required,
    ),
    ...forbidden
      .filter((line) => found.includes(line))
      .map((line) => `The log of \`${job}\` has the line ${JSON.stringify(line)}.`),
  ];
}

function difference(subject: string, found: unknown, demanded: unknown): readonly string[] {
  const [is, should] = [JSON.stringify(found) ?? 'missing', JSON.stringify(demanded) ?? 'missing'];
  return is === should ? [] : [`${subject} is ${is} instead of ${should}.`];
}
