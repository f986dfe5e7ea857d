import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Wait } from '../../kit/index.ts';
import type { JobArtifact, JobDependency } from '../../protocol/index.ts';
import type { ArtifactForm, JobAnswer } from '../exchange/api-client.ts';
import { selectArtifactFiles } from './artifact-files.ts';
import type { ArtifactSelection } from './artifact-files.ts';
import { runnerError } from '../errors.ts';
import { extractArchive } from './extract-archive.ts';
import { gzipFiles } from './gzip-files.ts';
import type { JobLink } from '../exchange/job-link.ts';
import { yellow } from '../section.ts';
import { zipFiles } from './zip-files.ts';

/** What moving artifacts to and from the server needs of a job. */
export interface TransferContext {
  readonly link: JobLink;
  readonly workspace: string;
  readonly project: string;
  /** Writes a line to the job's log. */
  readonly say: (line: string) => void;
  readonly wait: Wait;
  readonly signal: AbortSignal;
  /** Bytes that a dependency's archive may have when unpacked. */
  readonly maxBytes: number;
  /** Expands variables in the name of an archive. */
  readonly expand: (text: string) => string;
}

/** Tries of an upload: GitLab's runner makes six after a 503, three after anything else. */
const TRIES_UNAVAILABLE = 6;
const TRIES_OTHER = 3;
const RETRY_PAUSE = 1000;

/** Fetches a dependency's archive and unpacks it into the project. */
export async function downloadDependency(dependency: JobDependency, context: TransferContext): Promise<void> {
  const { name, id } = dependency;
  context.say(`Downloading artifacts for ${name} (${id})...`);
  const archive = join(context.workspace, `dependency-${id}.zip`);
  const response = await context.link.downloadArtifact(dependency, context.signal);
  if (response.status !== 200 || response.body === null) {
    throw runnerError('RUNNER_ARTIFACT_MISSING', { job: name, status: response.status });
  }
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), { signal: context.signal });
    const count = await extractArchive(archive, context.project, { job: name, maxBytes: context.maxBytes });
    context.say(`Downloading artifacts for ${name} (${id}) ... ok: ${count} files`);
  } finally {
    await rm(archive, { force: true });
  }
}

/**
 * Packs and uploads one entry of a job's artifacts, `untracked` files besides those that it names. Nothing found is a warning; a refused
 * upload is a failure.
 */
export async function uploadArtifact(
  artifact: JobArtifact,
  context: TransferContext,
  untracked?: readonly string[],
): Promise<void> {
  context.say('Uploading artifacts...');
  const paths = (artifact.paths ?? []).map(context.expand);
  const exclude = (artifact.exclude ?? []).map(context.expand);
  const rest = untracked === undefined ? { exclude } : { exclude, untracked };
  const selection = await selectArtifactFiles(context.project, paths, rest);
  report(selection, context);
  if (selection.files.length === 0) {
    context.say(yellow('ERROR: No files to upload'));
    return;
  }
  const isGzip = artifact.artifact_format === 'gzip';
  const archive = join(context.workspace, `artifact-${artifact.artifact_type}`);
  try {
    await (isGzip ? gzipFiles : zipFiles)(context.project, selection.files, archive);
    await send(archive, artifact, context);
  } finally {
    await rm(archive, { force: true });
  }
}

/** Whether an entry is to be uploaded after this outcome of the script. */
export function isUploadedAfter(artifact: JobArtifact, isSuccess: boolean): boolean {
  if (artifact.when === 'always') return true;
  return (artifact.when === 'on_failure') !== isSuccess;
}

function report(selection: ArtifactSelection, { say, project }: TransferContext): void {
  for (const { pattern, count } of selection.found) {
    if (count > 0) say(`${pattern}: found ${count} matching artifact files and directories`);
    else
      say(
        yellow(
          `WARNING: ${pattern}: no matching files. Ensure that the artifact path is relative to the working directory (${project})`,
        ),
      );
  }
  for (const line of selection.left) say(yellow(`WARNING: not uploaded: ${line}`));
}

async function send(archive: string, artifact: JobArtifact, context: TransferContext): Promise<void> {
  const fileName = archiveName(artifact, context);
  const form = formFor(archive, { fileName, artifact, signal: context.signal });
  for (let attempt = 1; ; attempt += 1) {
    const answer = await context.link.uploadArtifact(form);
    if (answer.status === 201) {
      context.say(
        `Uploading artifacts as "${artifact.artifact_type}" to coordinator... 201 Created (${(await stat(archive)).size} bytes)`,
      );
      return;
    }
    if (context.signal.aborted || attempt >= triesFor(answer)) {
      throw runnerError('RUNNER_ARTIFACT_REFUSED', {
        name: fileName,
        status: answer.status,
        reason: answer.message ?? 'no reason given',
      });
    }
    context.say(
      yellow(
        `WARNING: Uploading artifacts as "${artifact.artifact_type}" to coordinator... status ${answer.status}; trying again`,
      ),
    );
    await context.wait(RETRY_PAUSE, context.signal);
  }
}

function triesFor(answer: JobAnswer): number {
  if (answer.status === 503) return TRIES_UNAVAILABLE;
  // The same again would be answered the same.
  return answer.status >= 400 && answer.status < 500 ? 1 : TRIES_OTHER;
}

function archiveName(artifact: JobArtifact, context: TransferContext): string {
  const extension = artifact.artifact_format === 'gzip' ? 'gz' : 'zip';
  const fallback = artifact.artifact_type === 'archive' ? 'artifacts' : artifact.artifact_type;
  const name = context.expand(artifact.name ?? '') || fallback;
  return `${name.replaceAll(/[^\w.+-]/g, '_')}.${extension}`;
}

interface FormParts {
  readonly fileName: string;
  readonly artifact: JobArtifact;
  readonly signal: AbortSignal;
}

function formFor(archive: string, { fileName, artifact, signal }: FormParts): ArtifactForm {
  const boundary = `slipway-${crypto.randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
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
