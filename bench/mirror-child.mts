import { once } from 'node:events';
import { join } from 'node:path';
import { IndexPublisher, folderStore, indexPath, packPrefix, verifyMirror } from '../src/mirror/index.ts';
import { createSigner, createVerifier, generateKey } from '../src/notary/index.ts';
import { readSpecFile } from '../src/spack/index.ts';
import { manyNodes } from './mirror-lab.ts';
import { readFile } from 'node:fs/promises';

/** Run by `bench/mirror.ts` in a process of its own, so that the peak of memory is that of one kind of work. */
const [what = '', folder = '', size = '0'] = process.argv.slice(2);
const store = folderStore(join(folder, 'mirror'));
const anyhow = { requireSignature: false };
const path = indexPath(join(folder, 'mirror'));
const ROUNDS = 15;

/** Fills an index; nothing of it is measured. */
async function seed(): Promise<Record<string, number>> {
  const publisher = new IndexPublisher(store, anyhow, { path });
  const nodes = [...manyNodes(Number(size))];
  await Promise.all(nodes.map((node) => publisher.add({ version: 5, nodes: [node] })));
  publisher.close();
  return {};
}

/** Opens the index as a server that starts does, and adds packages one after the other. */
async function add(): Promise<Record<string, number>> {
  const signer = createSigner(await generateKey({ name: 'bench', date: new Date(0), algorithm: 'ed25519' }));
  const publisher = new IndexPublisher(store, anyhow, { path, sign: (text) => signer.sign(text) });
  const nodes = [...manyNodes(Number(size) + ROUNDS + 1)].slice(Number(size));
  const opening = await timed(() => publisher.add({ version: 5, nodes: [nodes[0]!] }));
  const costs = [];
  for (const node of nodes.slice(1)) costs.push(await timed(() => publisher.add({ version: 5, nodes: [node] })));
  publisher.close();
  const wall = costs.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b);
  const cpu = costs.map(({ cpuMs }) => cpuMs).toSorted((a, b) => a - b);
  return { openingMs: opening.wallMs, wallMs: wall[ROUNDS >> 1]!, cpuMs: cpu[ROUNDS >> 1]! };
}

async function verify(): Promise<Record<string, number>> {
  const keys = await readFile(join(folder, 'key.asc'), 'utf8');
  let good = 0;
  const cost = await timed(async () => {
    const read = { verifier: createVerifier(keys), requireSignature: true };
    for await (const { kind } of verifyMirror(store, read)) good += kind === 'ok' ? 1 : 0;
  });
  if (good !== Number(size)) throw new Error(`${good} of ${size} entries are good`);
  return { ...cost };
}

async function pack(): Promise<Record<string, number>> {
  const prefix = join(folder, 'prefix');
  const specFile = await readFile(join(folder, 'spec.json'), 'utf8');
  const [node] = readSpecFile(specFile).nodes;
  const output = join(folder, 'packed.tar.gz');
  const request = { folder: prefix, prefix: `/opt/stack/${node.name}`, output, node, prefixes: new Map(), specFile };
  return { ...(await timed(() => packPrefix(request))) };
}

async function timed(work: () => Promise<unknown>): Promise<{ wallMs: number; cpuMs: number }> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 };
}

const figures = await ({ seed, add, verify, pack } as Record<string, () => Promise<Record<string, number>>>)[what]!();
process.stdout.write(JSON.stringify({ ...figures, peakBytes: process.resourceUsage().maxRSS * 1024 }));
if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
