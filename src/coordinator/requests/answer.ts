import type { SlipwayError } from '../../kit/index.ts';
import { code } from '../../report/index.ts';
import type { ActionOutcome } from './request-actions.ts';

const SHORT_SHA = 12;

/** Returns the answer to a command, which names the head that the command was about. */
export function answerNaming(sha: string, { answer }: ActionOutcome): string {
  const short = sha.slice(0, SHORT_SHA);
  return answer.includes(short) ? answer : `${answer} (Head: \`${short}\`.)`;
}

/** Returns what becomes of a command that ended with an error, which may quote what others wrote. */
export function refusalBy({ message, hint }: SlipwayError): ActionOutcome {
  return { state: 'refused', answer: code([message, hint].join(' ').trim()) };
}
