import { readFile, readdir, readlink } from 'node:fs/promises';

/**
 * Ids of running processes whose environment, command line or working folder names a text, such as the path of a folder
 * that only one test uses. Processes of other users are seen by root alone.
 */
export async function processesNaming(text: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const named = await Promise.all(pids.map(async (pid) => (await traces(pid)).some((trace) => trace.includes(text))));
  return pids.filter((pid, index) => named[index] === true && pid !== process.pid);
}

/** A process that has ended meanwhile, or is another user's, leaves no trace. */
function traces(pid: number): Promise<readonly string[]> {
  const none = (): string => '';
  return Promise.all([
    readFile(`/proc/${pid}/environ`, 'latin1').catch(none),
    readFile(`/proc/${pid}/cmdline`, 'latin1').catch(none),
    readlink(`/proc/${pid}/cwd`).catch(none),
  ]);
}
