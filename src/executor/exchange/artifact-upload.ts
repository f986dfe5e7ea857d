import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Retryable, retry, type NamedSecrets, type Wait } from '../../kit/index.ts';
import type { JobArtifact } from '../../protocol/index.ts';
import { gzipFiles } from '../artifacts/gzip-files.ts';
import { zipFiles } from '../artifacts/zip-files.ts';
import { runnerError } from '../errors.ts';
import { yellow } from '../section.ts';
import type { ArtifactForm, JobAnswer } from './api-client.ts';
import type { ArtifactContent } from './exchange.ts';
import type { JobLink } from './job-link.ts';
import type { JobLog } from './job-log.ts';

interface UploadParts {
  readonly link: JobLink;
  readonly log: JobLog;
  readonly wait: Wait;
  /** Folder for the archive while it is sent. */
  readonly folder: string;
  /** Values that no file may contain. */
  readonly secrets: NamedSecrets;
}

/** Tries of an upload: GitLab's runner makes six after a 503, three after anything else; here no answer counts as a 503. */
const TRIES_UNAVAILABLE = 6;
const TRIES_OTHER = 3;
const RETRY_PAUSE = 1000;

/** Packs and uploads one entry of a job's artifacts. A refused upload and a file with a secret are failures. */
export async function uploadArtifact(
  artifact: JobArtifact,
  content: ArtifactContent,
  parts: UploadParts,
): Promise<void> {
  const pack = artifact.artifact_format === 'gzip' ? gzipFiles : zipFiles;
  const archive = join(parts.folder, `artifact-${artifact.artifact_type}`);
  try {
    await pack({ folder: content.folder, files: content.files, secrets: parts.secrets }, archive);
    const fileName = archiveName(artifact, content);
    await send(formFor(archive, { fileName, artifact, signal: content.signal }), {
      ...parts,
      archive,
      fileName,
      artifact,
    });
  } finally {
    await rm(archive, { force: true });
  }
}

interface Upload extends UploadParts {
  readonly archive: string;
  readonly fileName: string;
  readonly artifact: JobArtifact;
}

async function send(form: ArtifactForm, { link, log, wait, archive, fileName, artifact }: Upload): Promise<void> {
  const what = `Uploading artifacts as "${artifact.artifact_type}" to coordinator...`;
  const attempt = async (count: number): Promise<void> => {
    const answer = await link.uploadArtifact(form);
    if (answer.status === 201) return log.report(`${what} 201 Created (${(await stat(archive)).size} bytes)`);
    const reason = answer.message ?? 'no reason given';
    const refused = runnerError('RUNNER_ARTIFACT_REFUSED', { name: fileName, status: answer.status, reason });
    if (form.signal.aborted || count >= triesFor(answer)) throw refused;
    log.print(yellow(`WARNING: ${what} status ${answer.status}; trying again`));
    throw new Retryable(refused, RETRY_PAUSE);
  };
  await retry(attempt, { attempts: TRIES_UNAVAILABLE, baseMs: RETRY_PAUSE, wait, signal: form.signal });
}

function triesFor(answer: JobAnswer): number {
  if (answer.status === 503 || answer.status === 0) return TRIES_UNAVAILABLE;
  // The same again would be answered the same.
  return answer.status >= 400 && answer.status < 500 ? 1 : TRIES_OTHER;
}

function archiveName(artifact: JobArtifact, { expand }: ArtifactContent): string {
  const extension = artifact.artifact_format === 'gzip' ? 'gz' : 'zip';
  const fallback = artifact.artifact_type === 'archive' ? 'artifacts' : artifact.artifact_type;
  const name = expand(artifact.name ?? '') || fallback;
  return `${name.replaceAll(/[^\w.+-]/g, '_')}.${extension}`;
}

interface FormParts {
  readonly fileName: string;
  readonly artifact: JobArtifact;
  readonly signal: AbortSignal;
}

function formFor(archive: string, { fileName, artifact, signal }: FormParts): ArtifactForm {
  const boundary = `slipway-${crypto.randomUUID()}`;
  const disposition = `form-data; name="file"; filename="${fileName}"`;
  const type = 'application/octet-stream';
  const head = `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n`;
  async function* body() {
    yield Buffer.from(head);
    yield* createReadStream(archive);
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return {
    query: {
      artifact_type: artifact.artifact_type,
      artifact_format: artifact.artifact_format ?? 'zip',
      ...(artifact.expire_in ? { expire_in: artifact.expire_in } : {}),
    },
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: () => Readable.toWeb(Readable.from(body())),
    signal,
  };
}
