import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  identifyProcess,
  isSessionMember,
  listProcesses,
  sessionMembers,
  type ProcessIdentity,
} from '../../kit/index.ts';
import { sendSignal } from './send-signal.ts';
import { MARKER_VARIABLE, isGroupMember, markedProcesses, markerOf } from './marked-processes.ts';

/** What the processes of a job are recognized by. */
export interface JobTraces {
  /** Value of the marker variable; with `isPrefix`, what the value begins with. */
  readonly marker: string;
  readonly isPrefix?: true;
  /** Leader of the session that the processes are in. */
  readonly leader?: ProcessIdentity;
  /** Number of the process group that the processes are in. */
  readonly group?: number;
  /** The number of the first of the processes, where later ones cannot have smaller numbers yet. */
  readonly since?: number;
}

/**
 * Prints the names of the files in /proc that match `$1`, of processes whose number is at least `$2`. Exit status 1:
 * none does; 2: some could not be read, as those of processes that have just ended. Numbers begin again after the
 * largest.
 */
const SEARCH = [
  'cd /proc && [ -e self/stat ] || exit 3',
  'read -r _ _ _ _ newest <loadavg; first=$2; set -- "$1"',
  'if [ "$first" -eq 0 ] || [ "$newest" -lt "$first" ]; then set -- "$1" [0-9]*/environ [0-9]*/stat',
  'else for number in [0-9]*; do [ "$number" -lt "$first" ] || set -- "$@" "$number/environ" "$number/stat"; done; fi',
  'LC_ALL=C exec grep -alsE -- "$@" /dev/null',
].join('; ');
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const MOST_BYTES = 16 * 1024 * 1024;
/** Processes that are examined faster by this process than another one starts. */
const FEW_PROCESSES = 64;

/** Runs a program and returns what it prints. */
type SearchRun = (words: readonly string[]) => Promise<{ readonly exitCode: number; readonly output: string }>;

/**
 * Returns the numbers of a job's processes that still run: those of its session and group, and those that left both (a
 * daemon) but began with its marker. Another process searches /proc where there are many, since reading the environment
 * of every process of a large machine would block the event loop.
 */
export async function findProcesses(traces: JobTraces, run: SearchRun = runProgram): Promise<readonly number[]> {
  const { marker, isPrefix, leader, group, since } = traces;
  const session = isReplaced(leader) ? undefined : leader;
  const isMarked = (one: string | undefined) =>
    one === marker || (isPrefix === true && one?.startsWith(marker) === true);
  const found = youngerProcesses(since) ?? (await searchProc({ marker, leader: session, group, since }, run));
  if (found === undefined) {
    const members = session === undefined ? [] : sessionMembers(session);
    const whole = group !== undefined && sendSignal(-group, 0) ? [-group] : [];
    return [...new Set([...members, ...whole, ...markedProcesses(isMarked)])];
  }
  // Programs choose their own names and environments, so what looks like a job's process is checked again.
  return found.filter(
    (pid) =>
      (session !== undefined && isSessionMember(pid, session)) ||
      (group !== undefined && isGroupMember(pid, group)) ||
      (pid !== process.pid && isMarked(markerOf(pid))),
  );
}

/**
 * The processes whose numbers are at least `since`, if they are few. Undefined also where numbers have begun again, for
 * then later processes may have smaller ones (proc(5), `loadavg`: the last field is the newest number).
 */
function youngerProcesses(since = 0): readonly number[] | undefined {
  if (since === 0) return undefined;
  try {
    const newest = Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1));
    const younger = newest < since ? undefined : listProcesses().filter((pid) => pid >= since);
    return younger !== undefined && younger.length <= FEW_PROCESSES ? younger : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the leader's number belongs to another process by now. */
function isReplaced(leader: ProcessIdentity | undefined): boolean {
  if (leader === undefined) return false;
  const now = identifyProcess(leader.pid);
  return now !== undefined && now.startTime !== leader.startTime;
}

/**
 * Undefined where /proc cannot be searched. Group and session follow a name that may hold anything (proc(5), `stat`).
 */
async function searchProc(
  { marker, leader, group, since = 0 }: JobTraces,
  run: SearchRun,
): Promise<readonly number[] | undefined> {
  const inSession = leader === undefined ? '' : `|[)] [A-Z] -?[0-9]+ -?[0-9]+ ${leader.pid} `;
  const inGroup = group === undefined ? '' : `|[)] [A-Y] -?[0-9]+ ${group} `;
  const pattern = `${MARKER_VARIABLE}=${marker}${inSession}${inGroup}`;
  const { exitCode, output } = await run(['/bin/sh', '-c', SEARCH, 'search', pattern, String(since)]);
  const isSearched = exitCode <= 2;
  const numbers = output.split('\n').flatMap((file) => (file === '' ? [] : [Number.parseInt(file, 10)]));
  return isSearched ? [...new Set(numbers)] : undefined;
}

const runProgram: SearchRun = ([program = '', ...words]) =>
  new Promise((resolve) => {
    execFile(program, words, { env: ENVIRONMENT, maxBuffer: MOST_BYTES }, (error, output) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), output });
    });
  });
