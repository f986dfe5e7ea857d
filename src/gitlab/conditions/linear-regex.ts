import { RE2JS, RE2JSException } from 're2js';

/** Receives the number of steps that a match takes at most. */
export type Count = (steps: number) => void;

/** Whether a text contains a match. */
export type Regex = (text: string) => boolean;

const MAX_LENGTH = 2000;
const MAX_STEPS = 2000;
const MAX_TEXT = 10_000;

/**
 * Compiles a pattern with RE2, as GitLab does. Patterns come from pull requests and run in the server: a match takes
 * time in proportion to text times pattern, whatever they are. Only the first 10,000 characters of a text are matched,
 * and equal texts once. A text in place of the matcher states what is wrong.
 */
export function compileRegex(source: string, flags: string, count: Count = () => {}): Regex | string {
  if (source.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  try {
    const regex = RE2JS.compile(flags === '' ? source : `(?${flags})${source}`);
    const steps = regex.programSize();
    if (steps > MAX_STEPS) return `takes more than ${MAX_STEPS} steps`;
    const known = new Map<string, boolean>();
    return (text) => {
      const subject = text.slice(0, MAX_TEXT);
      const answer = known.get(subject);
      if (answer !== undefined) return answer;
      count(steps * (subject.length + 1));
      const isMatch = regex.test(subject);
      known.set(subject, isMatch);
      return isMatch;
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `is refused by RE2: ${error.message.replace('error parsing regexp: ', '')}`;
  }
}
