import { auditError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns the moment that a person named, as UTC ISO 8601: a date, a time, or an age such as `7d`. */
export function readMoment(value: string, now: number): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(value) ?? [];
  if (count !== undefined) return new Date(now - Number(count) * (UNITS[unit] ?? 0)).toISOString();
  // Without a zone, a time is UTC as all times of the log are.
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(value);
  const isZoned = /(?:^[^T]*|Z|[+-]\d{2}:\d{2})$/.test(value);
  const time = isTime ? Date.parse(isZoned ? value : `${value}Z`) : Number.NaN;
  if (Number.isNaN(time)) throw auditError('AUDIT_TIME_INVALID', { value: value.slice(0, 100) });
  return new Date(time).toISOString();
}
