/**
 * The standing acceptance run: a repository with the shape of a tutorial container's goes from a pull request, pushed
 * to twice, over merge and tag to an image. It uses the real parts that it finds and the embedded ones otherwise, and
 * ends with a table of which was which. With a clone of the tutorial container's own repository, a real Spack and MinIO,
 * that repository goes the same way. Exit status 0 only if every step was seen to be right.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAcceptance } from './acceptance/run-acceptance.ts';
import { findParts, partsTable } from './acceptance/parts.ts';
import { findSeedParts } from './acceptance/seed/find-seed.ts';
import { runSeed } from './acceptance/seed/run-seed.ts';

const folder = await mkdtemp(join(tmpdir(), 'slipway-acceptance-'));
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
try {
  const parts = findParts(process.env);
  const registry = parts.find(({ part }) => part === 'registry')?.real;
  const builder = parts.find(({ part }) => part === 'image builder')?.real;
  const { signal } = interruption;
  const steps = [...(await runAcceptance({ folder, env: process.env, signal, registry, builder }))];
  const seed = await findSeedParts(process.env);
  if (seed.parts !== undefined)
    steps.push(...(await runSeed({ parts: seed.parts, folder: join(folder, 'seed'), env: process.env, signal })));
  console.log('');
  for (const { step, fact } of steps) console.log(`ok  ${step.padEnd(44)}  ${fact}`);
  console.log('');
  for (const line of partsTable(parts)) console.log(line);
  for (const part of seed.missing) console.log(`skipped: the tutorial container’s own repository, without ${part}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
