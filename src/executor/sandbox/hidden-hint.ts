import { resolve } from 'node:path';
import { isCovered, isWithin } from './hidden-places.ts';
import type { SandboxSettings } from './sandbox.ts';

interface NamedPrograms {
  /** The job's search path. */
  readonly path: string;
  readonly script: string;
  readonly workspace: string;
}

/**
 * The hint for a job whose program was not found: which of the folders that it names are covered by the sandbox. By
 * their names alone, so that it says nothing of what is there.
 */
export function hiddenHint(sandbox: SandboxSettings, job: NamedPrograms): string | undefined {
  const written = [...job.script.matchAll(/(?:^|[\s"'=:;|&(])(\/[\w.@+/-]+)/gm)].map(([, path = '']) => path);
  const named = [...written, ...job.path.split(':').filter((part) => part.startsWith('/'))];
  const seen = [...sandbox.readable, job.workspace, '/tmp', '/var/tmp'];
  const hidden = named.filter((path) => {
    const whole = resolve(path);
    return isCovered(whole) && !seen.some((one) => isWithin(whole, one));
  });
  if (hidden.length === 0) return undefined;
  const places = [...new Set(hidden)].slice(0, 5).map((path) => `\`${path}\``);
  return (
    `hint: The sandbox hides ${places.join(', ')}. It shows programs that the server's PATH, or PATH, SPACK_ROOT and SPACK_PYTHON ` +
    "among the stack's variables, name; `slipway doctor` lists them."
  );
}
