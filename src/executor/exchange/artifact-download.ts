import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Retryable, SlipwayError, retry, type Wait } from '../../kit/index.ts';
import type { JobDependency } from '../../protocol/index.ts';
import { runnerError } from '../errors.ts';
import type { JobLink } from './job-link.ts';

interface DownloadParts {
  readonly link: JobLink;
  readonly wait: Wait;
  readonly signal: AbortSignal;
}

/** How often a download is tried while the server does not answer, as long as it takes to start it again. */
const TRIES = { attempts: 6, baseMs: 1000 };

/** Downloads the archive of a dependency to a file. Throws RUNNER_ARTIFACT_MISSING. */
export async function downloadArtifact(
  dependency: JobDependency,
  archive: string,
  { link, wait, signal }: DownloadParts,
): Promise<void> {
  const attempt = async () => {
    const response = await link.downloadArtifact(dependency, signal);
    const { status, body } = response;
    if (status === 200 && body !== null)
      return pipeline(Readable.fromWeb(body), createWriteStream(archive), { signal });
    await body?.cancel();
    const missing = runnerError('RUNNER_ARTIFACT_MISSING', { job: dependency.name, status });
    throw status >= 500 ? new Retryable(missing) : missing;
  };
  const repeatable = async () =>
    attempt().catch((error: unknown) => {
      const isFinal = error instanceof Retryable || error instanceof SlipwayError || signal.aborted;
      throw isFinal ? error : new Retryable(error);
    });
  await retry(repeatable, { ...TRIES, wait, signal });
}
