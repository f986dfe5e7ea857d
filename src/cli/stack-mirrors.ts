import { SlipwayError } from '../kit/index.ts';
import type { MirrorSource } from '../generate/index.ts';
import { detectLayout, storeOfMirror } from '../mirror/index.ts';
import type { Verifier } from '../mirror/index.ts';
import type { Mirror } from '../spack/index.ts';

export interface StackMirrorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly verifier?: Verifier;
}

/**
 * The binary mirrors that a stack names, as they are read. As in Spack, where there are no keys nothing can be checked,
 * and a pull request's pipeline checks nothing.
 */
export async function stackMirrors(
  mirrors: readonly Mirror[],
  { env, verifier }: StackMirrorOptions,
): Promise<readonly MirrorSource[]> {
  return Promise.all(
    mirrors
      .filter(({ binary }) => binary)
      .map(async (mirror) => ({
        store: await storeOfMirror({ mirror, direction: 'fetch', environment: env }),
        requireSignature:
          mirror.signed && verifier !== undefined && env['SPACK_PIPELINE_TYPE'] !== 'spack_pull_request',
        ...(verifier === undefined ? {} : { verifier }),
      })),
  );
}

/** Those of them that can be read now; what others hold counts as missing, and it is told. */
export async function readableMirrors(
  mirrors: readonly Mirror[],
  options: StackMirrorOptions & { readonly warn: (message: string) => void },
): Promise<readonly MirrorSource[]> {
  const found = await Promise.all(
    mirrors.map(async (mirror) => {
      try {
        const sources = await stackMirrors([mirror], options);
        for (const { store } of sources) await detectLayout(store);
        return sources;
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        options.warn(`What the mirror \`${mirror.name}\` holds counts as missing: ${error.message}`);
        return [];
      }
    }),
  );
  return found.flat();
}
