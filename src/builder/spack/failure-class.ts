import type { BuildFailureClass } from '../../protocol/index.ts';

export interface BuildFailure {
  readonly class: BuildFailureClass;
  /** As Spack names it: `fetch`, `cmake`, `build`, `install`, `test`. */
  readonly phase: string;
  /** The first line that reports the error. */
  readonly reason: string;
  /** Whether the same attempt may succeed later, nothing having been changed. */
  readonly isTransient: boolean;
}

interface FailedRun {
  /** The output of Spack and of the build, without colors. */
  readonly lines: readonly string[];
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | null;
  readonly phase?: 'test';
}

/** Phases of Spack's build systems that prepare; the others compile. */
const preparing = new Set([
  'autoreconf',
  'bootstrap',
  'cmake',
  'configure',
  'edit',
  'initconfig',
  'meson',
  'preprocess',
  'qmake',
  'unpack',
]);

const signs: readonly { readonly class: BuildFailureClass; readonly pattern: RegExp }[] = [
  { class: 'disk', pattern: /No space left on device|Disk quota exceeded|ENOSPC/ },
  // A kernel that has no memory left kills: the compiler, what make or ninja started, or Spack's own child.
  {
    class: 'out-of-memory',
    pattern:
      /Killed signal terminated program|terminated with signal 9\b|died due to signal 9\b|\(signal 9\)|signal: 9, SIGKILL|exited with status -9\b|unable to execute command: Killed|\*\*\* .*\bKilled$|virtual memory exhausted|out of memory|Cannot allocate memory|^MemoryError|std::bad_alloc/im,
  },
  { class: 'signature', pattern: /NoVerifyException|Failed to verify: |BAD signature/ },
  { class: 'mirror', pattern: /No binary found when cache-only was specified|NoChecksumException/ },
  { class: 'timeout', pattern: /LockTimeoutError|Timed out waiting for/ },
];

/** Fetching failed, and signs that the same address may answer later. */
const fetching =
  /FetchError|All fetchers failed|ChecksumError|checksum failed|NoStageError|FailedDownloadError|Unable to parse extension/;
const passing =
  /timed out|Temporary failure|Name or service not known|Connection (?:refused|reset|aborted)|Network is unreachable|No route to host|Remote end closed|HTTP Error (?:408|425|429|5\d\d)|curl: \((?:5|6|7|18|28|35|52|55|56)\)/;

/** Lines in which compilers and build tools first report an error. */
const faults: readonly RegExp[] = [
  /^.*?:\d+(?::\d+)?: (?:fatal )?error:.*$/,
  /^(?:\S*: )?(?:fatal )?error: .*$/i,
  /^CMake Error.*$/,
  /^.*: undefined reference to .*$/,
  /^(?:.*\/)?ld(?:\.\w+)?: (?!warning).*$/,
  /^configure: error:.*$/,
  /^.*\*\*\* (?!\[).*$/,
  /^\s+\*\*\* Error.*$/,
];

/** The class, the phase and the first error line of a build that failed. */
export function classifyFailure(run: FailedRun): BuildFailure {
  const { lines } = run;
  const phase = run.phase ?? lastPhase(lines);
  const complaint = lines.find((line) => line.startsWith('==> Error:'))?.replace(/^==> Error:\s*/, '');
  const text = lines.slice(-400).join('\n');
  const sign = signs.find(
    (one) => one.pattern.test(text) || (run.signal === 'SIGKILL' && one.class === 'out-of-memory'),
  );
  if (sign !== undefined) {
    const line = lines.find((one) => sign.pattern.test(one)) ?? complaint ?? `it was killed by ${String(run.signal)}`;
    const isTransient = sign.class !== 'signature';
    return { class: sign.class, phase: phase ?? 'install', reason: withoutLabel(line), isTransient };
  }
  if (phase === undefined && fetching.test(text)) return sourceFailure(lines, complaint);
  if (phase === undefined) return spackFailure(lines, complaint);
  const reason = firstFault(lines.slice(lines.findLastIndex(isPhase) + 1)) ?? complaint ?? 'it gave no reason';
  const kind = phase === 'test' ? 'test' : preparing.has(phase) ? 'configure' : 'compile';
  return { class: kind, phase, reason, isTransient: false };
}

/** Returns the advice for a failure. */
export function remedyFor(failure: BuildFailure): string {
  const remedies: Readonly<Record<BuildFailureClass, string>> = {
    source: failure.isTransient
      ? 'Run the job again when the site answers, or add the source to a mirror with `source: true`.'
      : 'Check the version, the URL and the checksum in the recipe, and find out who changed the file.',
    configure:
      'Check the variants, the dependencies and the compiler. The log and the files beside it have the configuration.',
    compile:
      'Read the whole log, which is among the artifacts, or run the job on your machine with `slipway reproduce`.',
    test: 'Read the output of the tests, which is among the artifacts.',
    'out-of-memory': 'Give the job fewer cores (SLIPWAY_JOBS) or a machine with more memory.',
    disk: 'Free space on the disk of the job and run it again.',
    timeout: 'Run the job again, or give it more time.',
    mirror: 'Check that the mirror answers, and run the job again.',
    signature: 'Find out who wrote the entry, and do not bypass the check.',
    spack: 'Run `slipway doctor` to list what this machine lacks, and read the output of Spack in the log.',
  };
  return remedies[failure.class];
}

const PHASE = /^==> \S+: Executing phase: '(\w+)'/;

function isPhase(line: string): boolean {
  return PHASE.test(line);
}

function lastPhase(lines: readonly string[]): string | undefined {
  return PHASE.exec(lines.findLast(isPhase) ?? '')?.[1];
}

/** The answer of each address is below the error, the recipe's own last. A wrong checksum stays wrong. */
function sourceFailure(lines: readonly string[], complaint: string | undefined): BuildFailure {
  const checksum = lines.find((line) => /checksum failed|ChecksumError/.test(line));
  const answers = lines.filter((line) => /^\s+[\w+]+:\/\/\S+: /.test(line));
  const detail = checksum ?? answers.at(-1) ?? lines.find((line) => /curl: \(|HTTP Error|urlopen error/.test(line));
  const reason = detail ?? complaint ?? 'its source cannot be fetched';
  const isTransient = checksum === undefined && lines.some((line) => passing.test(line));
  return { class: 'source', phase: 'fetch', reason: withoutLabel(reason), isTransient };
}

function withoutLabel(line: string): string {
  return line.replace(/^==> (?:Error|Warning):\s*/, '').trim();
}

function spackFailure(lines: readonly string[], complaint: string | undefined): BuildFailure {
  const last = lines.findLast((line) => /^(?:\w+\.)*\w*(?:Error|Exception)\b/.test(line));
  const reason = complaint ?? last ?? lines.findLast((line) => line.trim() !== '') ?? 'it printed nothing';
  return { class: 'spack', phase: 'start', reason: reason.trim(), isTransient: false };
}

/** CMake describes its error in the lines below. */
function firstFault(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => faults.some((pattern) => pattern.test(line)));
  if (at < 0) return undefined;
  const line = (lines[at] ?? '').trim();
  const next = lines.slice(at + 1, at + 3).find((one) => one.trim() !== '');
  return line.startsWith('CMake Error') && next !== undefined ? `${line} ${next.trim()}` : line;
}
