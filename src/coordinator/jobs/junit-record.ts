import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { messageOf, readLimited } from '../../kit/index.ts';
import { addSummaries, readJunit } from '../../report/index.ts';
import type { CoordinatorContext } from '../context.ts';

/** Bytes of JUnit, unpacked, that are looked at. */
const LARGEST = 30_000_000;

/** Characters of a parser's message that are logged. */
const MOST_QUOTED = 500;

/**
 * Counts the tests of a job from its `artifacts:reports:junit` upload (gzip, one member a file). A report that cannot
 * be read is no fault of the job: it is logged, and the job has no numbers.
 */
export async function recordJunit(
  context: Pick<CoordinatorContext, 'pipelines' | 'log'>,
  job: string,
  path: string,
): Promise<void> {
  try {
    const text = await inflate(path);
    const files = text.split(/(?=<\?xml )/).filter((part) => part.trim() !== '');
    context.pipelines.setTests(job, addSummaries(await Promise.all(files.map(readJunit))));
  } catch (error) {
    // The parser's message may quote the whole report.
    context.log.warn({ job, error: messageOf(error).slice(0, MOST_QUOTED) }, 'JUnit report cannot be read');
  }
}

async function inflate(path: string): Promise<string> {
  const tooLarge = () => new Error(`it is larger than ${LARGEST} bytes`);
  return (await readLimited(createReadStream(path).pipe(createGunzip()), LARGEST, tooLarge)).toString('utf8');
}
