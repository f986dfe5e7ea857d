import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { messageOf, readLimited } from '../../kit/index.ts';
import { readJunit, summarizeTests } from '../../report/index.ts';
import type { CoordinatorContext } from '../context.ts';
import { storeTests } from './stored-tests.ts';

/** Bytes of JUnit, unpacked, that are looked at. */
const LARGEST = 30_000_000;

/** Characters of a parser's message that are logged. */
const MOST_QUOTED = 500;

/**
 * Counts and stores the tests of a job from its `artifacts:reports:junit` upload (gzip, one member a file). A report
 * that cannot be read is no fault of the job: it is logged, and the job has no numbers.
 */
export async function recordJunit(
  context: Pick<CoordinatorContext, 'pipelines' | 'log' | 'folder'>,
  job: string,
  path: string,
): Promise<void> {
  try {
    const text = await inflate(path);
    const files = text.split(/(?=<\?xml )/).filter((part) => part.trim() !== '');
    const cases = (await Promise.all(files.map(readJunit))).flat();
    await storeTests(context, job, cases);
    context.pipelines.setTests(job, summarizeTests(cases));
  } catch (error) {
    // The parser's message may quote the whole report.
    context.log.warn({ job, error: messageOf(error).slice(0, MOST_QUOTED) }, 'JUnit report cannot be read');
  }
}

async function inflate(path: string): Promise<string> {
  const tooLarge = () => new Error(`it is larger than ${LARGEST} bytes`);
  return (await readLimited(createReadStream(path).pipe(createGunzip()), LARGEST, tooLarge)).toString('utf8');
}
