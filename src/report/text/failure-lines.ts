import { positionText } from '../failure/failure-report.ts';
import type { Failure, FailureReport } from '../../protocol/index.ts';

/** Failures that are shown with their lines; the others follow in one line each. */
const SHOWN = 5;
/** Further jobs of one cause that are named. */
const NAMED = 5;

/** Why a pipeline failed, in lines of a terminal. `log`: how the whole log of a job is read there. */
export function failureLines({ failures }: FailureReport, log?: (job: string) => string): readonly string[] {
  return failures.flatMap((failure, index) =>
    index < SHOWN ? detailed(failure, log) : [`error: ${failure.headline}`],
  );
}

function detailed(failure: Failure, log: ((job: string) => string) | undefined): readonly string[] {
  const { headline, context, hint, jobs, reproduce, position } = failure;
  const width = String((context?.first ?? 0) + (context?.lines.length ?? 0)).length;
  const lines = (context?.lines ?? []).map((text, index) => {
    const number = (context?.first ?? 0) + index;
    return `  ${number === context?.line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd();
  });
  const others = jobs.slice(1).map(({ name }) => name);
  const [first] = jobs;
  return [
    `error: ${headline}`,
    ...lines,
    ...(position === undefined ? [] : [`  in: ${positionText(position)}`]),
    ...(others.length === 0 ? [] : [`  also: ${namesText(others)}`]),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ...(first === undefined || first.id === '' || log === undefined ? [] : [`  log: ${log(first.id)}`]),
    ...(reproduce === undefined ? [] : [`  reproduce: ${reproduce}`]),
  ];
}

/** `a, b and 3 more`. */
function namesText(names: readonly string[], most = NAMED): string {
  const rest = names.length - most;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest} more`;
}
