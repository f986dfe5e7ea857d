import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import * as z from 'zod';
import { readPipelineFiles, resolveVariables, type JobPlan, type Variables } from '../gitlab/index.ts';
import { ifExists, messageOf, readGit, refuseErrors } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';
import { extractArchive } from '../executor/index.ts';
import { reproduceError } from './errors.ts';
import { writeBundle, type Bundle } from './bundle.ts';

interface ArchiveRequest {
  /** The artifacts of a build job, as GitLab or Slipway keep them. */
  readonly archive: string;
  readonly folder: string;
  /** A clone of the stack: its HEAD is taken where the archive names no commit. */
  readonly near: string;
}

/** What `spack ci rebuild` and `slipway rebuild` leave for `spack ci reproduce-build`; the commit is ours alone. */
const Details = z.looseObject({
  job_name: z.string(),
  job_spec_json: z.string(),
  commit: z.string().optional(),
});

const LARGEST = 10 * 1024 ** 3;
const GITLAB_TIMEOUT = 3600;

/** Makes a bundle of a job's artifacts: the job is looked up in the pipeline that is among them. */
export async function bundleOfArchive({ archive, folder, near }: ArchiveRequest): Promise<Bundle> {
  await mkdir(folder, { recursive: true });
  const unpacked = await mkdtemp(join(folder, '.artifacts-'));
  try {
    await extractArchive(archive, unpacked, { job: archive, maxBytes: LARGEST });
    const found = await findReproduction(unpacked, archive);
    const job = planOf(await readFile(found.pipeline, 'utf8'), found);
    const commit = found.details.commit ?? (await readGit(near, ['rev-parse', '--verify', 'HEAD']))?.trim() ?? '';
    const failure = await failureIn(unpacked);
    const reproduction = reproductionOf(job, { archive, commit, near, failure });
    await layOutEnvironment(found, join(folder, 'project'), reproduction);
    await writeFile(join(folder, 'log.txt'), await logIn(unpacked));
    return await writeBundle(folder, reproduction);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

interface Found {
  /** Folder that holds `repro.json`, lock and environment. */
  readonly folder: string;
  readonly details: z.infer<typeof Details>;
  /** The generated pipeline. */
  readonly pipeline: string;
  readonly archive: string;
}

async function findReproduction(unpacked: string, archive: string): Promise<Found> {
  const files = await filesNamed(unpacked, /(?:^|\/)repro\.json$/);
  const [file] = files;
  if (file === undefined) throw invalid(archive, 'there is no `repro.json` in it, as build jobs leave it');
  const folder = resolve(unpacked, file, '..');
  const details = readDetails(await readFile(join(unpacked, file), 'utf8'), archive);
  for (const name of (await readdir(folder)).filter((one) => /\.ya?ml$/.test(one))) {
    const pipeline = join(folder, name);
    // As Spack distinguishes it from the environment beside it.
    if (/^stages:/m.test(await readFile(pipeline, 'utf8'))) return { folder, details, pipeline, archive };
  }
  throw invalid(archive, 'the generated pipeline is not beside `repro.json`');
}

function readDetails(text: string, archive: string): z.infer<typeof Details> {
  try {
    return Details.parse(JSON.parse(text));
  } catch (error) {
    throw invalid(archive, `\`repro.json\` is not as build jobs write it: ${messageOf(error)}`);
  }
}

function planOf(text: string, { details, archive, pipeline }: Found): JobPlan {
  const variables = { CI_PIPELINE_SOURCE: 'parent_pipeline' };
  const { plan, diagnostics } = readPipelineFiles([{ text, file: pipeline }], { variables, source: 'parent_pipeline' });
  refuseErrors(diagnostics);
  const job = plan?.jobs.find(({ name }) => name === details.job_name);
  if (job === undefined) throw invalid(archive, `its pipeline has no job \`${details.job_name}\``);
  return job;
}

function reproductionOf(
  job: JobPlan,
  { archive, commit, near, failure }: { archive: string; commit: string; near: string; failure: string | undefined },
): JobReproduction {
  const raw: Variables = { ...job.variables, CI_JOB_NAME: { value: job.name, raw: true } };
  const values = { CI: 'true', GITLAB_CI: 'true', ...resolveVariables(raw) };
  const variables = Object.entries(values).map(([key, value]) => ({ key, value, raw: raw[key]?.raw ?? false }));
  const { image } = job;
  const stage = { stage: job.stage, kind: 'script', status: 'failed', attempt: 1, allowFailure: false } as const;
  return {
    version: 1,
    job: { id: 'artifacts', pipeline: '', name: job.name, ...stage, exitCode: 1 },
    stack: `the archive ${basename(archive)}`,
    // It is unknown whose code it was.
    trust: 'pull-request',
    source: { remote: near, ref: 'HEAD', sha: commit, tree: '' },
    image: image && { name: image.name, entrypoint: image.entrypoint && [...image.entrypoint] },
    services: job.services.map(({ name }) => name),
    script: [...job.script],
    afterScript: [...job.afterScript],
    variables,
    withheld: [],
    inputs: [],
    hasArtifacts: true,
    timeout: job.timeout ?? GITLAB_TIMEOUT,
    failure,
  };
}

/** Puts lock and environment where the job looks for them. */
async function layOutEnvironment({ folder, archive }: Found, project: string, job: JobReproduction): Promise<void> {
  const named = job.variables.find(({ key }) => key === 'SPACK_CONCRETE_ENV_DIR')?.value;
  const concrete = resolve(project, named ?? 'jobs_scratch_dir/concrete_environment');
  if (!`${concrete}/`.startsWith(`${project}/`)) throw invalid(archive, `\`${named}\` leads out of the project`);
  await mkdir(concrete, { recursive: true });
  for (const name of ['spack.lock', 'spack.yaml']) await copyFile(join(folder, name), join(concrete, name));
}

/** Reads the failure that `slipway rebuild` records; Spack records none. */
async function failureIn(unpacked: string): Promise<string | undefined> {
  const [file] = await filesNamed(unpacked, /(?:^|\/)rebuild\.json$/);
  if (file === undefined) return undefined;
  const { reason } = JSON.parse(await readFile(join(unpacked, file), 'utf8')) as { reason?: unknown };
  return typeof reason === 'string' ? reason : undefined;
}

async function logIn(unpacked: string): Promise<string> {
  const logs = await filesNamed(unpacked, /(?:^|\/)logs\/[^/]*\.txt$/);
  const whole = logs.find((log) => !/spack-(?:build|configure)/.test(log)) ?? logs[0];
  return whole === undefined ? '' : readFile(join(unpacked, whole), 'utf8');
}

async function filesNamed(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const paths = (await ifExists(readdir(folder, { recursive: true }))) ?? [];
  return paths.filter((path) => pattern.test(path)).toSorted();
}

function invalid(archive: string, reason: unknown) {
  return reproduceError('REPRODUCE_BUNDLE_INVALID', { folder: archive, reason: messageOf(reason) });
}
