/** Why Spack could not make a lock. */
interface SolveFault {
  readonly kind: 'package' | 'conflict' | 'compiler' | 'recipes' | 'git' | 'spack';
  /** The package, the spec, the folder of recipes, or the repository that Spack names; undefined where it names none. */
  readonly subject?: string;
  /** One line. */
  readonly cause: string;
}

/** Reads the output of `spack concretize` when it fails: the first line of its error, and the first reason below it. */
export function readSolveFault(lines: readonly string[]): SolveFault {
  const recipes = recipesNotFetched(lines);
  if (recipes !== undefined) return recipes;
  const start = lines.findIndex((line) => line.startsWith('==> Error:'));
  if (start < 0) return { kind: 'spack', cause: lastWords(lines) };
  const head = (lines[start] ?? '').replace(/^==> Error:\s*/, '');
  const below = lines.slice(start + 1, start + 40);
  return (
    notCloned(lines, start) ??
    unknownPackage(head) ??
    unsatisfied(head, below) ??
    internallyUnsatisfied(head, below) ??
    noVersion(head, below) ??
    compilerFault(head, below) ??
    named(head)
  );
}

/**
 * "Error constructing repository '/cache/package_repos/fncqgg4': Failed to clone repository builtin". Spack 1.x only
 * warns, leaves the empty clone there, takes it for complete from then on, and fails for want of a compiler or a
 * package.
 */
function recipesNotFetched(lines: readonly string[]): SolveFault | undefined {
  for (const [index, line] of lines.entries()) {
    const [, subject, reason] = /Error constructing repository '([^']+)': (.*)$/.exec(line) ?? [];
    if (subject === undefined || reason === undefined) continue;
    if (!/^(?:Failed to clone|Unable to locate)|spack-repo-index\.yaml/.test(reason)) continue;
    return { kind: 'recipes', subject, cause: gitFault(lines.slice(0, index)) ?? reason };
  }
  return undefined;
}

/**
 * "Command exited with status 128:", then the command `'/usr/bin/git' … 'clone' … 'https://…' '/cache/git_repos/…'`:
 * Spack looks up versions such as `@git.v1.2` in a clone of the package's own repository.
 */
function notCloned(lines: readonly string[], start: number): SolveFault | undefined {
  const command = /exited with status/.test(lines[start] ?? '') ? (lines[start + 1] ?? '') : '';
  const [, subject] = /'clone' .*'([^']+)' '[^']+'\s*$/.exec(command) ?? [];
  if (subject === undefined) return undefined;
  return { kind: 'git', subject, cause: gitFault(lines.slice(0, start)) ?? 'git gives no reason' };
}

/** The first that git printed after the last line of Spack: what follows ("Could not read …") is about its remedy. */
function gitFault(lines: readonly string[]): string | undefined {
  const printed = lines.slice(lines.findLastIndex((line) => line.startsWith('==>')) + 1);
  return printed.find((line) => /^(?:fatal|error):/.test(line))?.trim();
}

/**
 * "Spack concretizer internal error. …", then "zlib@99 is unsatisfiable", and of 0.23 facts such as
 * `internal_error("Only nodes can have …")`: a spec that the solver has no message for.
 */
function internallyUnsatisfied(head: string, below: readonly string[]): SolveFault | undefined {
  if (!head.startsWith('Spack concretizer internal error')) return undefined;
  const at = below.findIndex((line) => / is unsatisfiable(?:, errors are:)?$/.test(line));
  const subject = below[at]?.trim().replace(/ is unsatisfiable.*$/, '');
  if (subject === undefined) return undefined;
  const facts = below.slice(at + 1).flatMap((line) => /^\s+internal_error\("(.*)"\)$/.exec(line)?.[1] ?? []);
  const cause = facts.length === 0 ? 'Spack gives no reason' : [...new Set(facts)].slice(0, 3).join('; ');
  return { kind: 'conflict', subject, cause };
}

/**
 * `Package 'spack.pkg.builtin.zlibb' not found.`, `Package 'zlibb' not found in repository 'builtin'.`; of 1.2 `cannot
 * concretize 'zlibb@1', since 'zlibb' does not exist`.
 */
function unknownPackage(head: string): SolveFault | undefined {
  const name = (
    /Package '(?:[\w.]*\.)?([\w-]+)' not found/.exec(head) ??
    /cannot concretize '.*', since '([\w-]+)' does not exist/.exec(head)
  )?.[1];
  return name === undefined
    ? undefined
    : { kind: 'package', subject: name.replaceAll('_', '-'), cause: 'no repository has a package of that name' };
}

/** "failed to concretize `zlib@99` for the following reasons:", then numbered reasons, indented. */
function unsatisfied(head: string, below: readonly string[]): SolveFault | undefined {
  if (!/failed to concretize|Spec .* is unsatisfiable|cannot be concretized/i.test(head)) return undefined;
  const subject = /`([^`]+)`/.exec(head)?.[1];
  const reasons = below
    .map((line) => /^\s*\d+\.\s+(.*\S)\s*$/.exec(line)?.[1])
    .filter((reason) => reason !== undefined);
  const because = below
    .map((line) => /^\s+(required because .*\S)\s*$/.exec(line)?.[1])
    .find((one) => one !== undefined);
  const cause =
    [...new Set(reasons)].slice(0, 3).join('; ') || (below.find((line) => line.trim() !== '') ?? head).trim();
  const text = because === undefined ? cause : `${cause} (${because})`;
  const kind = /compiler|cannot satisfy '%|no satisfying compiler/i.test(cause) ? 'compiler' : 'conflict';
  return { kind, subject, cause: text };
}

/** Packages that are compilers, as Spack 1.x has them. */
const COMPILER =
  /^(?:aocc|apple-clang|cce|fj|gcc|intel-oneapi-compilers(?:-classic)?|llvm(?:-amdgpu|-doe)?|msvc|nag|nvhpc|xl)@/;

/**
 * "No version exists that satisfies these input specs:" of 1.2, then one a line: the required specs, not what
 * requires them.
 */
function noVersion(head: string, below: readonly string[]): SolveFault | undefined {
  if (!head.startsWith('No version exists that satisfies')) return undefined;
  const end = below.findIndex((line) => !/^\s+\S/.test(line));
  const specs = below.slice(0, end < 0 ? below.length : end).map((line) => line.trim());
  const [subject] = specs;
  if (subject === undefined) return undefined;
  const kind = specs.every((spec) => COMPILER.test(spec)) ? 'compiler' : 'conflict';
  return { kind, subject, cause: `no version exists that satisfies ${specs.slice(0, 3).join(', ')}` };
}

function compilerFault(head: string, below: readonly string[]): SolveFault | undefined {
  if (!/compiler/i.test(head)) return undefined;
  const subject = /(?:'|`|%)([a-z][\w-]*@[\w.:]+)/.exec([head, ...below.slice(0, 3)].join(' '))?.[1];
  return { kind: 'compiler', subject, cause: head };
}

/** Reads any other line: its subject is the package that it names, or a quoted spec. */
function named(head: string): SolveFault {
  const subject =
    /for spec:? '([^']+)'/.exec(head)?.[1] ??
    /\bin package '?([a-z0-9][\w-]*)/.exec(head)?.[1] ??
    /'([a-z0-9][\w-]*(?:[@+~%^ ][^']*)?)'/.exec(head)?.[1];
  return {
    kind: subject === undefined ? 'spack' : 'conflict',
    subject,
    cause: head,
  };
}

function lastWords(lines: readonly string[]): string {
  const line =
    lines.findLast((one) => /\w*(?:Error|Exception)\b/.test(one)) ?? lines.findLast((one) => one.trim() !== '');
  return (line ?? 'it printed nothing').trim();
}
