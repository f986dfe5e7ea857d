/** Linux cuts the first line of a script off here, its newline included. */
const LONGEST_LINE = 127;
/** Longer first lines are left alone, as in Spack. */
const LONGEST_LOOK = 4096;

/** The first line of a script that is run through `sbang`, without its end. */
export function sbangLine(sbang: string): string {
  return `#!/bin/sh ${sbang}`;
}

/** Whether not even `sbang` can be called there. */
export function isTooLong(sbang: string): boolean {
  return Buffer.byteLength(`${sbangLine(sbang)}\n`) > LONGEST_LINE;
}

/**
 * A script whose first line is too long for the system, with `sbang` in front; undefined where it is not, or is no
 * script. The line that was first is a comment of the interpreter that it names. As Spack's hook after each install.
 */
export function shortenFirstLine(script: Buffer, sbang: string): Buffer | undefined {
  const end = script.subarray(0, LONGEST_LOOK).indexOf('\n') + 1;
  if (script.subarray(0, 2).toString() !== '#!' || end <= LONGEST_LINE) return undefined;
  const line = script.subarray(0, end).toString('latin1');
  const interpreter = /^#![ \t]*([^ \t\0\n]+)/.exec(line)?.[1];
  if (interpreter === undefined) return undefined;
  const second = Buffer.from(asComment(line, interpreter), 'latin1');
  return Buffer.concat([Buffer.from(`${sbangLine(sbang)}\n`), second, script.subarray(end)]);
}

function asComment(line: string, interpreter: string): string {
  if (/\/lua(?:jit)?$/.test(interpreter)) return `--!${line.slice(2)}`;
  if (interpreter.endsWith('/node')) return `//!${line.slice(2)}`;
  if (interpreter.endsWith('/php')) return `<?php ${line} ?>`;
  return line;
}

/**
 * The program itself, for an install tree that has none: runs the interpreter that the second line of a script names.
 * Perl and Ruby would start what the first line names again; `-x` has them look for their own.
 */
export const sbangProgram = `#!/bin/sh
{ read -r _ && read -r line; } <"$1" || line=
case "$line" in
'#!'*) line=\${line#??} ;;
'--!'* | '//!'*) line=\${line#???} ;;
'<?php #!'*) line=\${line#????????} line=\${line%'?>'} ;;
*) echo "sbang: the second line of $1 names no interpreter" >&2 && exit 1 ;;
esac
set -f
for interpreter in $line; do break; done
case "\${interpreter##*/}" in
perl* | ruby*) exec $line -x "$@" ;;
*) exec $line "$@" ;;
esac
`;
