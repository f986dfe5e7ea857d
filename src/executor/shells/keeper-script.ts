import { quoteForShell } from './shell.ts';
import type { Shell } from './shell.ts';

/** Begins and ends a message of the keeper within the output of jobs; the token beside it is nobody else's. */
export const MARK = '\u001E';

/**
 * What a keeper runs. A small process forks faster than a large one, so shells are started from here and not from Node. It
 * reads a line at a time: `job` runs a shell with the script (`$1`), anything else is carried out as shell. A job leads a process
 * group of its own (`set -m`, or `setsid` where the shell cannot). Its number goes to a file, below the keeper's own, where it is looked
 * for only if the job must be ended; at the end the keeper tells the exit status, and whether others of the group are left. All in one loop, since
 * functions and `eval` take time.
 */
export function keeperScript(shell: Shell, token: string): string {
  const say = (text: string) => `printf '\\036%s\\036' "${token}${text}"`;
  const isBash = shell.name === 'bash';
  const start = (words: string) =>
    `    ${isBash ? '' : 'setsid '}${words}${quoteForShell(shell.program)} "$script" </dev/null 2>&1 & pid=$!`;
  const rest = [
    '    jobs=$((jobs+1)); echo "$jobs $pid" >>"$script.groups"',
    '    wait "$pid"; code=$?; left=0',
    '    if kill -0 -- "-$pid"; then left=1; fi',
    `    ${say('$code $left')} ;;`,
  ];
  return [
    isBash ? 'set -m' : '',
    'script=$1; jobs=0; echo "keeper $$" >"$script.groups"',
    'while read -r verb words; do',
    '  case $verb in',
    '  job)',
    start(''),
    ...rest,
    '  within)',
    '    eval "set -- $words"',
    start('"$@" '),
    ...rest,
    `  *) eval "$verb $words" </dev/null 2>&1; ${say('$? 0')} ;;`,
    '  esac',
    'done',
  ].join('\n');
}

/** A line for the keeper that runs the job's shell, perhaps with words before it. */
export function jobLine(within: readonly string[]): string {
  return within.length === 0 ? 'job\n' : `within ${within.map(quoteForShell).join(' ')}\n`;
}

/** A line for the keeper that runs a tool. */
export function stepLine(words: readonly string[]): string {
  return `command ${words.map(quoteForShell).join(' ')}\n`;
}
