import { findPart } from '../../test/support/part.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Part {
  readonly part: string;
  readonly embedded: string;
  /** The real thing, if this machine has it. */
  find(env: Environment): string | undefined;
}

const parts: readonly Part[] = [
  { part: 'builder', embedded: 'recipes', find: (env) => env.SPACK_ROOT },
  { part: 'forge', embedded: 'git remote with a hook', find: () => undefined },
  { part: 'runner', embedded: 'embedded runner', find: (env) => env.GITLAB_RUNNER },
  { part: 'mirror', embedded: 'folder behind the gateway', find: (env) => env.S3_ENDPOINT_URL },
  { part: 'registry', embedded: 'served by slipway', find: () => findPart('docker-registry') },
  { part: 'image builder', embedded: 'layers from the mirror', find: () => findPart('buildah') },
];

/** Which part the voyage used: for now the embedded one everywhere, and what real one it left aside. */
export async function partsTable(env: Environment): Promise<readonly string[]> {
  const rows = parts.map(({ part, embedded, find }) => {
    const real = find(env);
    return [part, `embedded: ${embedded}`, real === undefined ? 'no real one here' : 'a real one is here, not used yet'];
  });
  return [['part', 'used', 'real'], ...rows].map((cells) => cells.map((cell, index) => cell.padEnd([14, 36, 0][index] ?? 0)).join('  ').trimEnd());
}
