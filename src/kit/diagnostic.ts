import { SlipwayError } from './errors.ts';

/** A fault in a file that a person wrote. `line` and `column` count from 1. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** `spack.yaml:3:5: error: … [CODE]`, with the hint on a line of its own. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, code, hint } = diagnostic;
  const first = `${file}:${line}:${column}: ${severity}: ${message} [${code}]`;
  return hint === undefined ? first : `${first}\n  hint: ${hint}`;
}

/** All the faults of a configuration at once; stops the work. */
export class ConfigurationError extends SlipwayError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const message = diagnostics.map(formatDiagnostic).join('\n');
    super('CONFIGURATION_INVALID', { message, exitCode: 2 });
    this.diagnostics = diagnostics;
  }
}

/** Throws a ConfigurationError if any diagnostic is an error; otherwise returns the warnings. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.some((one) => one.severity === 'error')) throw new ConfigurationError(diagnostics);
  return diagnostics;
}
