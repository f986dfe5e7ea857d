// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-9;:?]*[A-Za-z]/g;

/** Error messages of compilers, linkers, make, CMake, test programs, shells and Python. */
const ERROR = new RegExp(
  [
    String.raw`(?:^|[\s:\])])(?:fatal |internal compiler )?error(?:\[[^\]]*\])?:`,
    String.raw`^\s*(?:E {3}|FAILED\b|FAIL:|not ok \d|CMake Error|Traceback \(most recent call last\)|(?:g|b|n)?make(?:\[\d+\])?: \*\*\*)`,
    String.raw`undefined reference to|: command not found|: not found$|: No such file or directory|Segmentation fault|No space left on device|Permission denied`,
  ].join('|'),
  'i',
);

/** Returns whether a line of a log reports an error. `summary` is the runner's last line. */
export function errorKind(line: string): 'error' | 'summary' | undefined {
  const text = line.replace(ESCAPES, '');
  if (/^(?:section_\w+:\S*\s*)*ERROR: Job failed/.test(text)) return 'summary';
  return ERROR.test(text) ? 'error' : undefined;
}

/** Whether a line is the runner's note that it cut the log there; `gitlab-runner` has the same words. */
export function isCutNotice(line: string): boolean {
  return /^Job's log exceeded limit of \d+ bytes\.$/.test(line.replace(ESCAPES, '').trim());
}
