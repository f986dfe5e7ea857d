import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSeedParts } from '../../scripts/acceptance/seed/find-seed.ts';
import { runSeed } from '../../scripts/acceptance/seed/run-seed.ts';

/** The acceptance run with the files of github:spack/spack-tutorial-container. */
const { parts, missing } = await findSeedParts(process.env);
for (const part of missing) process.stderr.write(`skipped: the tutorial container, without ${part}\n`);

test.skipIf(parts === undefined)(
  'goes from a pull request over merge and tag to an image that Spack installs from',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-seed-'));
    const { signal } = new AbortController();
    try {
      const steps = await runSeed({ parts: parts!, folder, env: process.env, signal });
      expect(steps.find(({ step }) => step.startsWith('spack installs'))?.fact).toContain('signatures checked');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
