/** Characters of a line that the page shows, and in which matches are marked. */
export const SHOWN_CHARACTERS = 2000;

/**
 * Escapes (CSI, OSC, those of two characters), control characters that mean nothing on a page, and marks that turn the
 * direction of text. The parts of a CSI sequence are its parameters and its final character.
 */
export const ESCAPES =
  // oxlint-disable-next-line no-control-regex
  /\u001B\[([0-9;:?]*)([@-~])|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|\u001B[@-Z\\-_]?|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

// oxlint-disable-next-line no-control-regex
const SECTION_MARK = /section_(?:start|end):\d{1,15}:[\w.-]{1,200}(?:\[[^\]\r]{0,200}\])?\r(?:\u001B\[0K)?/g;
/** `2026-01-01T12:00:00.000000Z 00O ` (GitLab, "Job log timestamps"). */
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) \d\d[OE][ +]/;

/**
 * Returns a line of a log without the marks and the timestamp of GitLab's runner, and with its escapes. Lines are
 * untrusted: it takes time in proportion to their length, whatever they contain.
 */
export function withoutMarks(text: string): { text: string; time?: string } {
  const time = TIMESTAMP.exec(text);
  const rest = (time === null ? text : text.slice(time[0].length)).replace(SECTION_MARK, '');
  let end = rest.length;
  while (rest[end - 1] === '\r') end -= 1;
  // In a terminal the parts overwrite each other, and the last one stays.
  const seen = rest.slice(end === 0 ? 0 : rest.lastIndexOf('\r', end - 1) + 1, end);
  return time?.[1] === undefined ? { text: seen } : { text: seen, time: time[1] };
}

/** Returns a line of a log as the page shows it. */
export function shownLine(text: string): string {
  return withoutMarks(text).text.replace(ESCAPES, '');
}
