import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConformanceCase } from './conformance-case.ts';

interface RunJob {
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly jobs?: readonly RunJob[];
}

export interface CaseRun {
  readonly exitCode: number | undefined;
  readonly status: string | undefined;
  readonly jobs: Readonly<Record<string, string>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly output: ReadonlyMap<string, readonly string[]>;
  /** What it said besides, for the message of a failure. */
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a case's pipeline with `slipway run --json` in a repository of its own. */
export async function runCase({ pipeline, context, run }: ConformanceCase): Promise<CaseRun> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    await layOut(folder, { ...context.files, '.gitlab-ci.yml': pipeline });
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const words = ['--import', tsx, join(root, 'src/cli/start.ts'), 'run', '--json', ...(run?.arguments ?? [])];
    const { exitCode, stdout, stderr } = await execa(process.execPath, words, { cwd: folder, reject: false });
    return { exitCode, ...readEvents(stdout), stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function layOut(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const git = (...words: readonly string[]) => execa('git', ['-C', folder, ...words]);
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '-q', '-m', 'Case');
}

function readEvents(stdout: string): Pick<CaseRun, 'status' | 'jobs' | 'attempts' | 'output'> {
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
    output,
  };
}

function flatten(jobs: readonly RunJob[], prefix: string): readonly (readonly [string, RunJob])[] {
  return jobs.flatMap((job) => [
    [`${prefix}${job.name}`, job] as const,
    ...flatten(job.jobs ?? [], `${prefix}${job.name} / `),
  ]);
}
