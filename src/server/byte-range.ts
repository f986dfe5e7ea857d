/** Bytes `start` to `end`, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a `Range` header (RFC 9110, 14.2). Undefined: send all, because there is no header or it is of a form that may
 * be ignored (other units, several ranges).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** Returns the bounds, status and headers of the answer with a range of `size` bytes, or with all of them. */
export function partOf(range: ByteRange | undefined, size: number) {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const part: Record<string, string> = range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` };
  const status = range === undefined ? 200 : 206;
  return { start, end, status, headers: { 'Content-Length': String(Math.max(0, end - start + 1)), ...part } };
}
