import type { SlipwayError } from '../../kit/index.ts';
import type { FailureReport } from '../../protocol/index.ts';
import { refusedReport } from '../../report/index.ts';

/** What a status can hold (GitHub). */
const LONGEST = 140;

/** Returns why something was refused, as a failure that no job has. */
export function refusalReport(error: SlipwayError): FailureReport {
  const reason = error.code === 'PIPELINE_NOT_CREATED' ? String(error.details.reason) : error.message;
  return refusedReport({ reason, hint: error.hint });
}

/**
 * Returns why something was refused, for a status: the fact, and the remedy if both fit. The status itself shows that
 * no pipeline was made for the commit.
 */
export function refusalText(error: SlipwayError): string {
  const fact = refusalReport(error).headline;
  const whole = error.hint === undefined ? fact : `${fact} (${error.hint})`;
  return whole.length > LONGEST ? fact : whole;
}

/** Returns the fact and the remedy, for a page. */
export function wholeText({ message, hint }: SlipwayError): string {
  const fact = message.endsWith('.') ? message : `${message}.`;
  return hint === undefined ? message : `${fact} ${hint}`;
}

/** Returns both, as a publication keeps them. */
export function explained(error: SlipwayError): { readonly message: string; readonly summary: string } {
  return { message: wholeText(error), summary: refusalText(error) };
}
