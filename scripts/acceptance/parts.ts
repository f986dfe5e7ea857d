import { findPart } from '../../test/support/part.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Part {
  readonly part: string;
  readonly embedded: string;
  /** The real thing, where this machine has it. */
  readonly real: string | undefined;
  /** Whether the run can use the real part. */
  readonly isUsable: boolean;
}

/** The parts of this machine that the run can use. */
export function findParts(env: Environment): readonly Part[] {
  return [
    { part: 'builder', embedded: 'recipes', real: env.SPACK_ROOT, isUsable: true },
    { part: 'forge', embedded: 'stand-in for GitHub', real: undefined, isUsable: false },
    { part: 'runner', embedded: 'embedded runner', real: env.GITLAB_RUNNER, isUsable: false },
    { part: 'mirror', embedded: 'folder behind the gateway', real: env.S3_ENDPOINT_URL, isUsable: false },
    { part: 'registry', embedded: 'served by slipway', real: findPart('docker-registry'), isUsable: true },
    { part: 'image builder', embedded: 'layers from the mirror', real: findPart('buildah'), isUsable: true },
  ];
}

/** Which parts were real. */
export function partsTable(parts: readonly Part[]): readonly string[] {
  const rows = parts.map(({ part, embedded, real, isUsable }) => {
    if (real !== undefined && isUsable) return [part, `real: ${real}`, ''];
    return [part, `embedded: ${embedded}`, real === undefined ? '' : `${real} is here, but not used yet`];
  });
  return rows.map((cells) =>
    cells
      .map((cell, index) => cell.padEnd([14, 38, 0][index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
