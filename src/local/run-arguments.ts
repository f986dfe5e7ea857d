import { availableParallelism } from 'node:os';
import { localError } from './errors.ts';
import type { TextVariables } from '../pipeline/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables written `NAME=value`. */
export function parseVariables(texts: readonly string[]): TextVariables {
  const entries = texts.map((text) => {
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text);
    if (match === null) throw localError('CLI_RUN_VARIABLE', { text });
    return [match[1] as string, match[2] as string] as const;
  });
  return Object.fromEntries(entries);
}

/** Variables written `NAME=value`, or `NAME` for one of the environment, where no list of processes shows its value. */
export function parseSecrets(texts: readonly string[], env: Environment): TextVariables {
  const whole = texts.map((text) => {
    if (!/^[A-Za-z_]\w*$/.test(text)) return text;
    const value = env[text];
    if (value === undefined) throw localError('CLI_RUN_SECRET_MISSING', { name: text });
    return `${text}=${value}`;
  });
  return parseVariables(whole);
}

export function parseConcurrency(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  if (!/^[1-9]\d{0,3}$/.test(text)) throw localError('CLI_RUN_CONCURRENCY', { text });
  return Number(text);
}
