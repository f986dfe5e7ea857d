import { closeSync, openSync } from 'node:fs';
import { attemptProgram, memoized } from '../kit/index.ts';

/** What a build shares the cores of its machine by with other jobs: GNU make's jobserver. */
interface Jobserver {
  /** The variable MAKEFLAGS of the build. */
  readonly makeflags: string;
  /** The build inherits it as its files 3 and 4. */
  readonly pipe: number;
  /** Call it when the build has started. */
  close(): void;
}

/** Returns the version of the `make` on a path, as `4.3`; undefined if there is none. */
const makeVersion = memoized(async (path: string) => {
  const options = { env: { PATH: path, LC_ALL: 'C' } };
  const output = await attemptProgram('make', ['--version'], options).then(
    (ended) => ended.output,
    () => '',
  );
  return /^GNU Make (\d+\.\d+)/m.exec(output)?.[1];
});

/**
 * Opens the named pipe of a jobserver for a build. Make before 4.4 reads inherited files alone, and ninja, since 1.13,
 * named pipes alone; everything else reads both.
 */
export async function openJobserver(path: string, searchPath: string): Promise<Jobserver> {
  const version = await makeVersion(searchPath);
  const isOld = version !== undefined && version.localeCompare('4.4', 'en', { numeric: true }) < 0;
  const pipe = openSync(path, 'r+');
  const close = () => closeSync(pipe);
  return { makeflags: ` -j --jobserver-auth=${isOld ? '3,4' : `fifo:${path}`}`, pipe, close };
}
