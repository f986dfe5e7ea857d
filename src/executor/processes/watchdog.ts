import { spawn, type ChildProcess } from 'node:child_process';
import type { ProcessVariables } from '../../kit/index.ts';
import { runnerLabel } from '../containers/job-containers.ts';
import type { ContainerRuntime } from '../containers/runtime.ts';
import { MARKER_VARIABLE } from './marked-processes.ts';

interface WatchdogOptions {
  /** The run's folder for temporary files, with its `slots`. */
  readonly root: string;
  /** What the marker of every job of the run begins with. */
  readonly marker: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Where its tools are. */
  readonly path: string;
  /** Where jobs run in containers: what removes those that are left. */
  readonly containers?: { readonly runtime: ContainerRuntime; readonly env: ProcessVariables };
}

/** How often it looks again, in seconds and in a second. */
const POLL = { seconds: '0.1', count: 10 };

/**
 * Ends the jobs of a run whose program died before it could: by SIGKILL, by a fault, with its terminal. A small shell
 * in a session of its own, which no Ctrl-C reaches; it waits for the end of a pipe, whose other end only this process
 * has, however it dies. `dismiss` once, when all is tidied.
 */
export class Watchdog {
  readonly #child: ChildProcess;

  constructor({ root, marker, grace, path, containers }: WatchdogOptions) {
    const rounds = String(Math.ceil((grace * POLL.count) / 1000));
    const remover = containers === undefined ? [] : [containers.runtime.program, runnerLabel(marker)];
    const words = [root, `${MARKER_VARIABLE}=${marker}`, rounds, ...remover];
    this.#child = spawn('sh', ['-c', SCRIPT, 'slipway-watchdog', ...words], {
      cwd: '/',
      env: { ...containers?.env, PATH: path },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without it a run is as good as long as nothing kills its program.
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#child.unref();
  }

  /** Ends it at once, for a process that is about to end and has tidied all. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  dismiss(): void {
    this.#child.stdin?.end('done\n');
  }
}

/**
 * A number of a group may be another's by now: it is the job's as long as its first process is a child of the keeper,
 * or where that is unknown, as long as the keeper lives. What has left the group, or was left by its first process, has
 * the marker in its environment (proc(5), `stat` and `environ`). Zombies do not count. A container whose network others
 * share is removed in the second round.
 */
const SCRIPT = String.raw`
read -r word && exit
exec 2>/dev/null
root=$1 marker=$2 rounds=$3 round=0 runtime=$4 label=$5
is_alive() {
  kill -0 "$1" || return 1
  case $(cat "/proc/$1/stat") in *') Z '*) return 1 ;; esac
}
signal_all() {
  left=
  for file in "$root"/slots/*.groups; do
    read -r _ keeper <"$file" && is_alive "$keeper" || continue
    left=1
    group=$(tail -n 1 "$file")
    group=${'$'}{group#* }
    case $(cat "/proc/$group/stat") in '' | *') '?" $keeper "*) kill -s "$1" -- "-$group" ;; esac
  done
  for file in $(grep -ls "$marker" /proc/[0-9]*/environ); do
    pid=${'$'}{file#/proc/}
    kill -s "$1" "${'$'}{pid%/environ}" && left=1
  done
}
signal_all TERM
while [ -n "$left" ] && [ "$round" -lt "$((rounds * 2 + ${POLL.count}))" ]; do
  sleep ${POLL.seconds}
  round=$((round + 1))
  if [ "$round" -lt "$rounds" ]; then signal_all 0; else signal_all KILL; fi
done
if [ -n "$runtime" ]; then
  for _ in 1 2; do
    containers=$("$runtime" ps --all --quiet --filter "label=$label")
    [ -z "$containers" ] || "$runtime" rm --force --volumes $containers
  done
fi
rm -rf -- "$root" || {
  find "$root" -type d -exec chmod u+rwx {} \;
  rm -rf -- "$root"
}
`;
