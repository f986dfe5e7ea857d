import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import type { TestCase } from '../../protocol/index.ts';
import type { DataFiles } from '../context.ts';

/** The cases of a job's tests. */
interface StoredTests {
  readonly cases: readonly TestCase[];
  /** How many more there were. */
  readonly omitted: number;
}

const MOST_CASES = 20_000;
/** Characters of the output of one case, and of all. */
const LONGEST_OUTPUT = 20_000;
const ALL_OUTPUT = 4_000_000;

/** Stores the cases of a job's tests beside its log. */
export async function storeTests({ folder }: DataFiles, job: string, cases: readonly TestCase[]): Promise<void> {
  await mkdir(folder.job(job), { recursive: true });
  await writeFile(fileOf({ folder }, job), JSON.stringify(bounded(cases)), { mode: 0o600 });
}

/** Reads them; none for a job without tests. */
export async function readTests(context: DataFiles, job: string): Promise<StoredTests> {
  try {
    return JSON.parse(await readFile(fileOf(context, job), 'utf8')) as StoredTests;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { cases: [], omitted: 0 };
    throw error;
  }
}

function fileOf({ folder }: DataFiles, job: string): string {
  return join(folder.job(job), 'tests.json');
}

/** Failures are kept before all others, and so is their output. */
function bounded(cases: readonly TestCase[]): StoredTests {
  const isBad = ({ status }: TestCase) => status === 'failed' || status === 'errored';
  const byWeight = [...cases.filter(isBad), ...cases.filter((one) => !isBad(one))].slice(0, MOST_CASES);
  const kept = new Map<TestCase, TestCase>();
  let left = ALL_OUTPUT;
  for (const one of byWeight) {
    const output = one.output?.slice(0, Math.min(LONGEST_OUTPUT, left));
    left -= output?.length ?? 0;
    kept.set(one, { ...one, output: output === '' ? undefined : output });
  }
  return { cases: cases.flatMap((one) => kept.get(one) ?? []), omitted: cases.length - kept.size };
}
