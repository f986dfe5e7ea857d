/**
 * The standing acceptance run: a repository with the shape of a tutorial container's goes from a pull request, pushed
 * to twice, over merge and tag to an image. It uses the real parts that it finds and the embedded ones otherwise, and
 * ends with a table of which was which. Exit status 0 only if every step was seen to be right.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAcceptance } from './acceptance/run-acceptance.ts';
import { findParts, partsTable } from './acceptance/parts.ts';

const folder = await mkdtemp(join(tmpdir(), 'slipway-acceptance-'));
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
try {
  const parts = findParts(process.env);
  const registry = parts.find(({ part }) => part === 'registry')?.real;
  const builder = parts.find(({ part }) => part === 'image builder')?.real;
  const steps = await runAcceptance({ folder, env: process.env, signal: interruption.signal, registry, builder });
  console.log('');
  for (const { step, fact } of steps) console.log(`ok  ${step.padEnd(44)}  ${fact}`);
  console.log('');
  for (const line of partsTable(parts)) console.log(line);
} finally {
  await rm(folder, { recursive: true, force: true });
}
