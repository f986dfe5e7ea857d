import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import { quoteForShell, type Shell } from './shell.ts';

/** Begins and ends a message of the keeper within the output of jobs; the token beside it identifies the keeper. */
export const MARK = '\u001E';

/**
 * Returns the script of a keeper. A small process forks faster than a large one, so shells are started from here and
 * not from Node. It reads a line at a time: `job` runs a shell with the script (`$1`), `run` other words, each with the
 * job's marker in its environment; anything else is carried out as shell. A job leads a process group of its own (`set
 * -m`, or `setsid` where the shell cannot). The number of the group goes to a file, below the keeper's own number. At
 * the end the keeper reports the exit status, whether the group still has processes, and its number. All of it is one
 * loop, since functions and `eval` take time.
 */
export function keeperScript(shell: Shell, token: string): string {
  const send = (text: string) => `printf '\\036%s\\036' "${token}${text}"`;
  const isBash = shell.name === 'bash';
  const start = (marker: string, words: string) =>
    `    ${MARKER_VARIABLE}=${marker} ${isBash ? '' : 'setsid '}${words} </dev/null 2>&1 & pid=$!`;
  const rest = [
    '    jobs=$((jobs+1)); echo "$jobs $pid" >>"$script.groups"',
    '    wait "$pid"; code=$?; left=0',
    '    if kill -0 -- "-$pid"; then left=1; fi',
    `    ${send('$code $left $pid')} ;;`,
  ];
  return [
    isBash ? 'set -m' : '',
    'script=$1; jobs=0; echo "keeper $$" >"$script.groups"',
    'while read -r verb words; do',
    '  case $verb in',
    '  job)',
    start('$words', `${quoteForShell(shell.program)} "$script"`),
    ...rest,
    '  run)',
    '    eval "set -- $words"; marker=$1; shift',
    start('$marker', '"$@"'),
    ...rest,
    `  *) eval "$verb $words" </dev/null 2>&1; ${send('$? 0')} ;;`,
    '  esac',
    'done',
  ].join('\n');
}

/** Returns the line for the keeper that runs the job's shell with the script. */
export function jobLine(marker: string): string {
  return `job ${marker}\n`;
}

/** Returns the line for the keeper that runs other words as the job. */
export function wordsLine(marker: string, words: readonly string[]): string {
  return `run ${marker} ${words.map(quoteForShell).join(' ')}\n`;
}

/** Returns the line for the keeper that runs a tool. */
export function stepLine(words: readonly string[]): string {
  return `command ${words.map(quoteForShell).join(' ')}\n`;
}
