import { protocolError } from './errors.ts';

/** `Content-Range` of a piece of log: `<first>-<last>`, the last included, without a unit. `length` is at least 1. */
export function formatContentRange(start: number, length: number): string {
  return `${start}-${start + length - 1}`;
}

/** Where a piece of log begins. The end is not looked at: old runners were off by one, the body's length counts. */
export function parseContentRangeStart(value: string): number {
  const match = /^(\d{1,15})-\d{1,15}$/.exec(value);
  if (match === null) throw protocolError('PROTOCOL_RANGE_INVALID', { header: 'Content-Range', value });
  return Number(match[1]);
}

/** `Range` of an answer: how many bytes of the log the server holds. */
export function formatStoredRange(size: number): string {
  return `0-${size}`;
}

/** Returns the size of the stored log, where the next piece begins; undefined if the header is not valid. */
export function parseStoredSize(value: string | null): number | undefined {
  const match = /^0-(\d{1,15})$/.exec(value ?? '');
  return match === null ? undefined : Number(match[1]);
}
