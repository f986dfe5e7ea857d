import { gunzipSync } from 'node:zlib';
import { messageOf, readDotenv } from '../../kit/index.ts';
import { coordinatorError } from '../errors.ts';

/** Bytes that are unpacked of a report at most, far more than one may have. */
const MOST_BYTES = 1024 * 1024;

/**
 * The variables of an `artifacts:reports:dotenv` upload (gzip, one member a file). Throws for one that is too large or
 * is not `NAME=value` lines, so that the runner gets the error at once
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv).
 */
export function dotenvVariables(bytes: Uint8Array): Readonly<Record<string, string>> {
  const { variables, fault } = readDotenv(inflate(bytes));
  if (fault !== undefined) throw coordinatorError('DOTENV_INVALID', { reason: fault });
  return variables;
}

function inflate(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch (error) {
    const reason = error instanceof RangeError ? `it is larger than ${MOST_BYTES} bytes` : messageOf(error);
    throw coordinatorError('DOTENV_INVALID', { reason }, { cause: error });
  }
}
