import { execa } from 'execa';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConformanceCase } from './conformance-case.ts';
import type { PipelineResult } from './conformance-differences.ts';
import { removeFolder } from './remove-folder.ts';

interface RunJob {
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly allowFailure: boolean;
  readonly jobs?: readonly RunJob[];
}

export interface CaseRun extends PipelineResult {
  readonly exitCode: number | undefined;
  /** Jobs whose failure lets their pipeline succeed. */
  readonly allowed: ReadonlySet<string>;
  /** What it said besides, for the message of a failure. */
  readonly stderr: string;
}

const program = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));

/** Runs a case's pipeline with the built `slipway run --json` in a repository of its own. */
export async function runCase(one: ConformanceCase): Promise<CaseRun> {
  return inCaseFolder(one, async (folder, temporary) => {
    const words = [
      program,
      'run',
      '--json',
      '--no-container',
      ...sharedFolder(one, temporary),
      ...(one.run?.arguments ?? []),
    ];
    const env = { SLIPWAY_CACHE: join(temporary, 'cache'), TMPDIR: temporary };
    const { exitCode, stdout, stderr } = await execa(process.execPath, words, { cwd: folder, reject: false, env });
    return { exitCode, ...readEvents(stdout), stderr };
  });
}

/** `$SHARED`: a folder that all jobs of a case see, for those that ask for it. */
export function sharedFolder({ pipeline }: ConformanceCase, folder: string): readonly string[] {
  return pipeline.includes('$SHARED') ? ['--variable', `SHARED=${folder}`] : [];
}

/** Lays out a case as a repository with one commit on `main`, beside a folder for temporary files. */
export async function inCaseFolder<Result>(
  one: ConformanceCase,
  work: (folder: string, temporary: string) => Promise<Result>,
): Promise<Result> {
  const all = await mkdtemp(join(tmpdir(), 'conformance-'));
  const [folder, temporary] = [join(all, 'stack'), join(all, 'temporary')];
  try {
    await mkdir(temporary);
    await layOut(folder, one);
    return await work(folder, temporary);
  } finally {
    await removeFolder(all);
  }
}

/** Makes a repository with one commit on `main` that holds a case's files. */
export async function layOut(folder: string, { pipeline, context }: ConformanceCase): Promise<void> {
  for (const [path, text] of Object.entries({ ...context.files, '.gitlab-ci.yml': pipeline })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const git = (...words: readonly string[]) => execa('git', ['-C', folder, ...words]);
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '-q', '-m', 'Case');
}

function readEvents(stdout: string): Pick<CaseRun, 'status' | 'jobs' | 'attempts' | 'allowed' | 'output'> {
  const output = new Map<string, string[]>();
  let summary: { status?: string; jobs: readonly RunJob[] } = { jobs: [] };
  for (const text of stdout.split('\n').filter((line) => line !== '')) {
    const event = JSON.parse(text) as { event: string; job: string; line: string };
    if (event.event === 'job-log') output.set(event.job, [...(output.get(event.job) ?? []), event.line]);
    if (event.event === 'summary') summary = event as unknown as typeof summary;
  }
  const jobs = flatten(summary.jobs, '');
  return {
    status: summary.status,
    jobs: Object.fromEntries(jobs.map(([name, { status }]) => [name, status])),
    attempts: Object.fromEntries(jobs.map(([name, { attempts }]) => [name, attempts])),
    allowed: new Set(jobs.filter(([, job]) => job.allowFailure).map(([name]) => name)),
    output,
  };
}

function flatten(jobs: readonly RunJob[], prefix: string): readonly (readonly [string, RunJob])[] {
  return jobs.flatMap((job) => [
    [`${prefix}${job.name}`, job] as const,
    ...flatten(job.jobs ?? [], `${prefix}${job.name} / `),
  ]);
}
