/**
 * `npm run test:spack`: the tests that drive a real Spack, each skipped, with the reason, where its part is missing.
 * `SPACK_ROOT`, or `SLIPWAY_TEST_SPACK` with several roots and `:` between them, says which Spacks;
 * `SLIPWAY_TEST_SPACK_PACKAGES` is where the recipes of Spack 1.x were cloned; `SLIPWAY_TEST_SPACK_SOURCES` a folder of
 * sources (`_source-cache/…`) for machines that cannot download the compiler wrapper's; `SLIPWAY_TEST_WHEELS` a folder of
 * wheels of clingo; `SLIPWAY_TEST_SEED_REPOSITORY` a clone of spack/spack-tutorial-container. Further words go to vitest.
 */
import { execa } from 'execa';

const words = ['run', '--config', 'vitest.spack.config.ts', ...process.argv.slice(2)];
const { exitCode } = await execa('vitest', words, { preferLocal: true, stdio: 'inherit', reject: false });
process.exitCode = exitCode ?? 1;
