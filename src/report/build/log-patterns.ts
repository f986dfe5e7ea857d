/**
 * Messages of compilers, linkers, build tools and Spack about faults. CTest and Spack search for them in logs; the
 * lists are grouped by tool. CTest's own lists also have tools that disappeared decades ago.
 */
const errors = [
  // GCC, Clang, icx, nvc++ and all that speak like them; `fatal error:`, `error #2345:`, `catastrophic error:`.
  /[^\s:] ?: (?:(?:fatal|catastrophic|internal(?: compiler)?) )?error(?: *#?\w+)?:/i,
  /^(?:Fatal )?Error: /i,
  /^error(?:\[E\d+\])?: /,
  /", line \d+(?:\.\d+)?: (?:\d+-\d+ \([SEU]\)|error)/,
  /^(?:PGC|PGF|NV\w+|F90)[\w+/-]*-[SF]-\d+/,
  // Linkers and loaders.
  /\bundefined (?:reference to|symbol)|\bmultiple definition of\b|\bunresolved external\b/i,
  /\bld(?:\.\w+)?: (?:cannot find|fatal|error|final link failed|library not found|symbol\(s\) not found)/,
  /\bld returned \d+ exit status|\bld terminated with signal/,
  /error while loading shared libraries/,
  // Tools that drive a build.
  /^g?make(?:\[\d+\])?: \*\*\* (?!Deleting )|: \*\*\* .*(?:Stop|Error)/,
  /^ninja: (?:error|fatal|build stopped)|^FAILED: /,
  /^CMake Error\b/,
  /^(?:configure|\S*\/configure): error: /,
  /^(?:\S+: )?ERROR: /,
  /^\[ERROR\]/,
  // Shells and the system.
  /: (?:command )?not found$|: No such file or directory|: [Pp]ermission denied|No space left on device/,
  /^(?:[Ss]egmentation (?:[Ff]ault|violation)|[Bb]us error|Killed$|Aborted\b|Illegal instruction)/,
  // Python, tests, Spack.
  /^(?:\w+\.)*\w*(?:Error|Exception): /,
  /^FAIL(?:ED)?[: ]|\*\*\*Failed\b|^The following tests FAILED:/,
  /^==> Error: /,
];

const warnings = [
  /[^\s:] ?: (?:warning|remark)(?: *#?\w+)?:/i,
  /^(?:\S+:\d+: )?(?:\w+\.)*\w*Warning: /,
  /^warning: /i,
  /", line \d+(?:\.\d+)?: (?:\d+-\d+ \([WI]\)|warning)/i,
  /^(?:PGC|PGF|NV\w+|F90)[\w+/-]*-W-\d+/,
  /^CMake (?:Deprecation |Author )?Warning\b/i,
  /^\[WARNING\]|\bWARNING: /,
  /^==> Warning: /,
];

/** Lines that only look so: notes, and make's word about clocks that disagree. */
const neither = [/: note: /, /Clock skew detected/, /modification time .* in the future/];

const positions = [
  /^([^\s:"'()]+):(\d+)(?::\d+)?:/,
  /^"?([^\s"(]+)"?\((\d+)(?:[,.:]\d+)?\) ?:/,
  /"([^"]+)", line (\d+)/,
  /^\s*--> ([^\s:]+):(\d+)/,
  / at ([^\s:]+):(\d+) \(/,
];

/** Characters of a line that are read: no tool reports an error further on. */
export const LONGEST = 2000;

/** Classifies a line of a build log. A warning that mentions an error is a warning. */
export function kindOfLine(line: string): 'error' | 'warning' | undefined {
  const text = line.slice(0, LONGEST);
  const is = (patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(text));
  if (is(neither)) return undefined;
  if (is(warnings)) return 'warning';
  return is(errors) ? 'error' : undefined;
}

export interface SourcePosition {
  readonly file: string;
  readonly line: number;
}

/** The position in the sources that a line names. A number that CDash cannot take (32 bits) is none. */
export function sourcePositionIn(line: string): SourcePosition | undefined {
  for (const pattern of positions) {
    const [, file, number] = pattern.exec(line) ?? [];
    if (file !== undefined && number !== undefined && number.length < 10) return { file, line: Number(number) };
  }
  return undefined;
}
