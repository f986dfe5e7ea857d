import type { Failure, FailureReport, FailedJob } from '../../protocol/index.ts';
import { jobTitle, positionText, titleOfPackage } from '../failure/failure-report.ts';
import { code, codeBlock, folded, type MarkdownRows } from './markdown.ts';
import { counted } from './words.ts';

/** Failures that are shown with their lines; the others follow folded. */
const SHOWN = 5;
/** Jobs of one cause that are linked above the fold. */
const LINKED = 5;

/** The blocks of a failure, in the order of their weight. */
export function failureBlocks(
  { failures, skipped }: FailureReport,
  pageUrl: (page: string) => string,
): readonly (string | MarkdownRows)[] {
  const rest = failures.slice(SHOWN);
  const write = (rows: readonly string[], omitted: number) =>
    folded(
      counted(rest.length, 'more failure'),
      [...rows, ...(omitted === 0 ? [] : [`- and ${omitted} more`])].join('\n'),
    );
  return [
    ...failures.slice(0, SHOWN).map((failure) => detailed(failure, pageUrl)),
    ...(rest.length === 0
      ? []
      : [{ rows: rest.map((one) => `- ${titleOf(one)}${jobLinks(one.jobs, pageUrl)}`), write }]),
    ...(skipped === 0 ? [] : [`${counted(skipped, 'job')} did not run because of that.`]),
  ];
}

function detailed(failure: Failure, pageUrl: (page: string) => string): string {
  const { context, position, hint, jobs, reproduce } = failure;
  const rows = [
    ...(position === undefined ? [] : [`- in ${code(positionText(position))}`]),
    ...(hint === undefined ? [] : [`- hint: ${code(hint)}`]),
    ...(jobs.length === 0 ? [] : [`- log${jobLinks(jobs, pageUrl)}`]),
    ...(reproduce === undefined ? [] : [`- reproduce it with ${code(reproduce)}`]),
  ];
  const lines = context === undefined ? [] : [codeBlock(numbered(context))];
  return [titleOf(failure), ...lines, ...(rows.length === 0 ? [] : [rows.join('\n')])].join('\n\n');
}

/** The same words as the headline of the failure, which is of other people’s words in part. */
function titleOf({ package: of, phase, class: kind, error, jobs }: Failure): string {
  const shown = kind === 'script' ? '' : ` [${kind}]`;
  const [first] = jobs;
  if (first === undefined) return `**No pipeline could be created** [${kind}]: ${code(error)}`;
  const where = phase === undefined ? '' : ` in phase ${code(phase)}`;
  const subject = titleOfPackage(of) ?? (jobs.length === 1 ? jobTitle(first.name) : undefined);
  const many = subject !== undefined && jobs.length > 1 ? ` in ${jobs.length} jobs` : '';
  return `**${subject === undefined ? counted(jobs.length, 'job') : code(subject)}** failed${where}${shown}${many}: ${code(error)}`;
}

function jobLinks(jobs: readonly FailedJob[], pageUrl: (page: string) => string): string {
  const links = jobs.slice(0, LINKED).map(({ name, page }) => `[${code(jobTitle(name))}](${pageUrl(page)})`);
  const rest = jobs.length - links.length;
  return links.length === 0 ? '' : ` of ${links.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function numbered({ line, first, lines }: NonNullable<Failure['context']>): readonly string[] {
  const width = String(first + lines.length - 1).length;
  return lines.map((text, index) => {
    const number = first + index;
    return `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`;
  });
}
