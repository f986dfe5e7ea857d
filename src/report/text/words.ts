/** Returns bytes as people read them: `12.1 kB`, `0.4 MB` or `1.4 GB`. */
export function bytesText(bytes: number): string {
  if (Math.abs(bytes) < 1e5) return `${(bytes / 1e3).toFixed(1)} kB`;
  return Math.abs(bytes) < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `1 package`, `2 packages`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun === 'hash' ? 'hashes' : `${noun}s`}`;
}

/** Characters of a status’ description, as GitHub allows. */
export const STATUS_LENGTH = 140;

/** Shortens a text for a status; the ellipsis shows that something is missing. */
export function clip(text: string, length = STATUS_LENGTH): string {
  return text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text;
}

/** A status is a phrase: it has no full stop at its end. */
export function withoutStop(text: string): string {
  return text.replace(/(?<=[^.])\.$/, '');
}
