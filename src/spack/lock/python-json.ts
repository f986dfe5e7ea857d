/**
 * JSON as Python's `json` module writes it, since Spack's hashes and file digests are taken over that text:
 * non-ASCII characters are escaped (`ensure_ascii`), key order is kept.
 */

/**
 * `json.dumps(value, separators=(",", ":"))`: one line without spaces. With an indentation of at least 1,
 * `json.dumps(value, separators=(",", ": "), indent=indent)`.
 */
export function pythonJson(value: unknown, indent = 0): string {
  // Python escapes everything outside of space … tilde; JSON.stringify has done so below the space.
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `json.dumps(value, indent=0, separators=(",", ":"))`: every token on a line, no newline at the end. */
export function pythonJsonLines(value: unknown): string {
  if (Array.isArray(value)) return block('[', value.map(pythonJsonLines), ']');
  if (typeof value !== 'object' || value === null) return pythonJson(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return block(
    '{',
    members.map(([key, member]) => `${pythonJson(key)}:${pythonJsonLines(member)}`),
    '}',
  );
}

function block(open: string, items: readonly string[], close: string): string {
  return items.length === 0 ? open + close : `${open}\n${items.join(',\n')}\n${close}`;
}
