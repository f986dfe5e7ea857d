import type { Failure } from '../../protocol/index.ts';
import { isAllowed } from '../failure/failure-report.ts';
import { clip, counted } from './words.ts';

/** A failure as a remark on the line of a file. */
interface FailureRemark {
  readonly level: 'warning' | 'failure';
  readonly title: string;
  /** Plain text. */
  readonly message: string;
}

/** Characters of a remark's title that GitHub takes. */
const LONGEST_TITLE = 255;
/** It takes 64 kB of the message, which is too much beside a line. */
const LONGEST_MESSAGE = 4000;

/** Words a failure for a remark on the line that caused it. */
export function failureRemark(failure: Failure): FailureRemark {
  const { headline, error, hint, context, jobs, reproduce } = failure;
  const others = jobs.length > 1 ? [`It concerns ${counted(jobs.length, 'job')}.`] : [];
  const log = context === undefined || context.lines.length < 2 ? [] : ['', ...context.lines];
  const remedy = hint === undefined ? [] : [`hint: ${hint}`];
  const again = reproduce === undefined ? [] : ['', `Reproduce it with: ${reproduce}`];
  const title = clip(headline, LONGEST_TITLE);
  const own = title.includes(error) ? [] : [error];
  const lines = [...own, ...remedy, ...others, ...log, ...again];
  return {
    level: isAllowed(failure) ? 'warning' : 'failure',
    title,
    message: clip(lines.join('\n').trim() || error, LONGEST_MESSAGE),
  };
}
