import { execFile } from 'node:child_process';
import { identifyProcess, isSessionMember, sessionMembers } from '../../kit/index.ts';
import type { ProcessIdentity } from '../../kit/index.ts';
import { MARKER_VARIABLE, markedProcesses, markerOf } from './marked-processes.ts';

/** What tells a job's processes from all others. */
export interface JobTraces {
  readonly marker: string;
  /** Leader of the session that the job's processes are in; absent between two steps. */
  readonly leader?: ProcessIdentity | undefined;
}

/** Names of the files in /proc that match; exit status 1 says that none does, 2 also that some could not be read. */
const SEARCH = 'cd /proc && exec grep -alsE "$1" [0-9]*/environ [0-9]*/stat';
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Numbers of a job's processes that still run: those of its session, and those that left it (a daemon) but began with
 * its marker. Another process searches /proc, since reading the environment of every process of a large machine would
 * block the event loop.
 */
export async function findProcesses({ marker, leader }: JobTraces): Promise<readonly number[]> {
  const session = isReplaced(leader) ? undefined : leader;
  const found = await searchProc(marker, session);
  if (found === undefined) {
    const members = session === undefined ? [] : sessionMembers(session);
    return [...new Set([...members, ...markedProcesses((one) => one === marker)])];
  }
  // Programs choose their own names and environments: what looks like a job's process is looked at again.
  return found.filter(
    (pid) =>
      (session !== undefined && isSessionMember(pid, session)) || (pid !== process.pid && markerOf(pid) === marker),
  );
}

/** Whether the leader's number belongs to another process by now. */
function isReplaced(leader: ProcessIdentity | undefined): boolean {
  if (leader === undefined) return false;
  const now = identifyProcess(leader.pid);
  return now !== undefined && now.startTime !== leader.startTime;
}

/** Undefined where /proc cannot be searched. The session is the fourth field after a name that may hold anything. */
function searchProc(marker: string, leader: ProcessIdentity | undefined): Promise<readonly number[] | undefined> {
  const session = leader === undefined ? '' : `|[)] [A-Z] -?[0-9]+ -?[0-9]+ ${leader.pid} `;
  const words = ['-c', SEARCH, 'search', `${MARKER_VARIABLE}=${marker}${session}`];
  return new Promise((resolve) => {
    execFile('/bin/sh', words, { env: ENVIRONMENT, maxBuffer: MOST_BYTES }, (error, files) => {
      const isSearched = error === null || (error.code === 1 && files === '') || (error.code === 2 && files !== '');
      const numbers = files.split('\n').flatMap((file) => (file === '' ? [] : [Number.parseInt(file, 10)]));
      resolve(isSearched ? [...new Set(numbers)] : undefined);
    });
  });
}
