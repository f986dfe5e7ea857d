import type { SlipwayError } from '../../kit/index.ts';

/** What a status can hold (GitHub). */
const LONGEST = 140;

/**
 * Why something was refused, for a status: the fact, and the remedy where there is room for it. That no pipeline was
 * made for the commit says the status itself.
 */
export function refusalText(error: SlipwayError): string {
  const fact = error.code === 'PIPELINE_NOT_CREATED' ? String(error.details.reason) : error.message;
  const whole = error.hint === undefined ? fact : `${fact} (${error.hint})`;
  return whole.length > LONGEST ? fact : whole;
}

/** The fact and the remedy, for a page: it has room. */
export function wholeText({ message, hint }: SlipwayError): string {
  const fact = message.endsWith('.') ? message : `${message}.`;
  return hint === undefined ? message : `${fact} ${hint}`;
}
