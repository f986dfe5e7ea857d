import { $ZodError } from 'zod/v4/core';
import { describeIssues } from './yaml/schema-issue.ts';

/** One kind of failure, as a module's `errors.ts` lists it. */
export interface ErrorKind {
  /** What happened, as a sentence with a full stop; `{name}` is filled from the details. Names the thing and the fact. */
  readonly message: string;
  /** What to do about it, as a sentence; printed on a line of its own. `{name}` is filled from the details. */
  readonly hint?: string;
  /** HTTP status where the failure reaches a client; 422 by default. */
  readonly status?: number;
  /**
   * Exit status of the command line: 1, the default, if the work failed, 2 if the input was wrong; others where a
   * protocol has them.
   */
  readonly exitCode?: number;
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure that a person can act on: a stable code, the fact, and the remedy. */
export class SlipwayError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;
  readonly status: number;
  readonly exitCode: number;

  constructor(code: string, kind: ErrorKind, options: ErrorOptions & { readonly details?: ErrorDetails } = {}) {
    const { details = {}, cause } = options;
    super(fill(kind.message, details), { cause });
    this.name = 'SlipwayError';
    this.code = code;
    this.details = details;
    this.hint = options.hint ?? (kind.hint === undefined ? undefined : fill(kind.hint, details));
    this.status = kind.status ?? 422;
    this.exitCode = kind.exitCode ?? 1;
  }
}

/** Makes a module's constructor of errors from its table: `mirrorError('MIRROR_BLOB_MISSING', { digest })`. */
export function defineErrors<Table extends Record<string, ErrorKind>>(table: Table) {
  function make(code: keyof Table & string, details?: ErrorDetails, options?: ErrorOptions): SlipwayError {
    return new SlipwayError(code, table[code] as ErrorKind, { ...options, details });
  }
  return Object.assign(make, { table });
}

/** Whether an unknown thrown value is a failure with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === code;
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof $ZodError) return describeIssues(error);
  return error instanceof Error ? error.message : String(error);
}

/**
 * Fills a template with values. A value that is a sentence of its own keeps its full stop only where the template has
 * no mark after it, so that no text ends in two.
 */
function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}([.,;:)]?)/g, (whole, name: string, mark: string) => {
    if (!(name in details)) return whole;
    const value = String(details[name]);
    const isClosed = mark === '.' && /[!?…]$|\n/.test(value);
    return isClosed || mark === '' ? value : value.replace(/(?<=[^.])\.$/, '') + mark;
  });
}
