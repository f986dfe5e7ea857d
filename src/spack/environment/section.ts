import type { ZodType } from 'zod';
import type { Diagnostic, ErrorDetails, YamlPath, YamlSource } from '../../kit/index.ts';
import { plainConfig } from '../config/merge-config.ts';
import { spackError } from '../errors.ts';

type EnvironmentCode = keyof typeof spackError.table & `ENVIRONMENT_${string}`;

/** An environment file that is being read: faults are collected, so that a person sees all of them at once. */
export interface SectionReader {
  readonly source: YamlSource;
  readonly faults: Diagnostic[];
}

/** Records a fault at the position of a path. */
export function report(reader: SectionReader, path: YamlPath, fault: EnvironmentFault): void {
  const { code, details, severity = 'error' } = fault;
  const { message, hint } = spackError(code, details);
  reader.faults.push(reader.source.fault(path, { code, message, severity, ...(hint === undefined ? {} : { hint }) }));
}

interface EnvironmentFault {
  readonly code: EnvironmentCode;
  readonly details: ErrorDetails;
  readonly severity?: 'error' | 'warning';
}

/** Returns the value if it matches the schema; otherwise records each issue at its position. */
export function checkSection<T>(reader: SectionReader, path: YamlPath, schema: ZodType<T>): T | undefined {
  const result = schema.safeParse(plainConfig(valueAt(reader.source.value, path)));
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const details = { place: [...path, ...issue.path].map(String).join('.'), fault: issue.message };
    report(reader, [...path, ...issue.path, ...key], { code: 'ENVIRONMENT_SECTION_INVALID', details });
  }
  return undefined;
}

/** Describes the type of a value in the terms of YAML. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'a text' : `the ${typeof value} ${JSON.stringify(value)}`;
}

function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
