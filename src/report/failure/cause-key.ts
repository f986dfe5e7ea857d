import type { FailureClass } from '../../protocol/index.ts';

/** What decides whether two jobs failed for the same cause. */
interface FailureFacts {
  readonly class: FailureClass;
  readonly code?: string;
  /** `hdf5@1.14.5`. */
  readonly package?: string;
  readonly phase?: string;
  /** Absent if nothing but the end of the job is known. */
  readonly error?: string;
  readonly job: string;
}

/** Failures of what many jobs share. */
const SHARED: ReadonlySet<FailureClass> = new Set(['mirror', 'signature', 'disk', 'system', 'spack', 'configuration']);

/** Returns a text that is equal for jobs that failed for the same cause. */
export function causeKey({ class: kind, code = '', package: name, phase = '', error, job }: FailureFacts): string {
  const fact = error === undefined ? undefined : generalText(error, name);
  if (SHARED.has(kind)) return `${kind} ${code} ${(error && placeIn(error)) ?? fact ?? ''}`;
  // A site that does not answer lets many packages fail, and a wrong checksum only its own.
  const site = kind === 'source' && !/checksum|sha-?256/i.test(error ?? '') ? placeIn(error ?? '') : undefined;
  if (site !== undefined) return `${kind} ${site}`;
  if (name !== undefined) return `${kind} ${name} ${phase}`;
  return fact === undefined ? `${kind} job ${job}` : `${kind} ${fact}`;
}

/** The mirror or site that an error names. */
function placeIn(error: string): string | undefined {
  return /\b[a-z][a-z0-9+]*:\/\/[^/\s`'"),;]+/i.exec(error)?.[0].toLowerCase();
}

/** The text without what differs from job to job: the package, hashes, numbers. */
function generalText(error: string, name = ''): string {
  const [short = ''] = name.split('@');
  const known = [name, short].filter((one) => one.length > 1);
  return known
    .reduce((text, one) => text.replaceAll(one, '…'), error)
    .replace(/\/[a-z2-7]{7,32}\b|\b[0-9a-f]{7,64}\b|\d+/g, '…')
    .toLowerCase();
}
