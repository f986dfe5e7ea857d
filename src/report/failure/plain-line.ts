// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B(?:\[[0-9;:?]*[A-Za-z]|\][^\u0007\u001B]*(?:\u0007|\u001B\\))/g;
/** GitLab’s marks around a section of a log. */
const SECTION = /section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r/g;
/**
 * Control characters, and what lets a text look like another one: marks of direction and characters without a width.
 */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]/gu;

const PRINTABLE = /^[ -~]*$/;

/** Characters of a line that are kept: no tool reports an error further on. */
const LONGEST = 2000;

/** Returns a line of a log as a person sees it: without colors, marks of sections and unseen characters. */
export function plainLine(line: string): string {
  // Most lines: there is nothing to take out.
  if (PRINTABLE.test(line)) return line.slice(0, LONGEST).trimEnd();
  const cut = line.length > 2 * LONGEST ? line.slice(0, 2 * LONGEST) : line;
  const seen = cut.replace(SECTION, '').replace(ESCAPES, '').trimEnd();
  // Programs overwrite their progress by a carriage return; only the text after the last one is seen.
  const shown = seen.slice(seen.lastIndexOf('\r') + 1);
  return shown.replaceAll('\t', '    ').replace(UNSEEN, '').slice(0, LONGEST).trimEnd();
}
