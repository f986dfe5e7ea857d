import { SlipwayError, type ProcessVariables } from '../kit/index.ts';
import type { MirrorSource } from '../generate/index.ts';
import { detectLayout, storeOfMirror, type Verifier } from '../mirror/index.ts';
import type { Mirror } from '../spack/index.ts';

interface StackMirrorOptions {
  readonly env: ProcessVariables;
  readonly verifier?: Verifier;
}

/**
 * Opens the binary mirrors that a stack names. As in Spack, nothing is checked without keys, nor in the pipeline of a
 * pull request.
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
        verifier,
      })),
  );
}

/** Opens the mirrors that can be read now. What others hold counts as missing, with a warning. */
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
