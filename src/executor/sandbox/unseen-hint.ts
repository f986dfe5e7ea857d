import { resolve } from 'node:path';
import { isWithin } from '../../kit/index.ts';
import { isSystemPath } from './system-places.ts';

interface NamedPrograms {
  /** The job's search path. */
  readonly path: string;
  readonly script: string;
  /** What the sandbox shows besides the system. */
  readonly seen: readonly string[];
}

/**
 * Returns the hint for a job whose program was not found: which of the folders that it names the sandbox does not show.
 * By their names alone, so that it says nothing of what is there.
 */
export function unseenHint({ path, script, seen }: NamedPrograms): string | undefined {
  const written = [...script.matchAll(/(?:^|[\s"'=:;|&(])(\/[\w.@+/-]+)/gm)].map(([, one = '']) => one);
  const named = [...written, ...path.split(':').filter((part) => part.startsWith('/'))];
  const unseen = named.filter((one) => {
    const whole = resolve(one);
    return (
      whole !== '/' && !isSystemPath(whole) && ![...seen, '/tmp', '/var/tmp'].some((place) => isWithin(whole, place))
    );
  });
  if (unseen.length === 0) return undefined;
  const places = [...new Set(unseen)].slice(0, 5).map((one) => `\`${one}\``);
  return (
    `hint: The sandbox does not show ${places.join(', ')}. It shows the system, and programs that the server's PATH, ` +
    "or PATH, SPACK_ROOT and SPACK_PYTHON among the stack's variables, name; `slipway doctor` lists them."
  );
}
