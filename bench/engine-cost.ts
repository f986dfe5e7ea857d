import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childrenCpuMs, median, type Cost } from './measure.ts';
import { readHighWater } from './process-tree.ts';

export interface ProcessCost extends Cost {
  /** The most memory that the program itself held; what it starts is not counted. */
  readonly peakBytes: number;
}

export interface Program {
  readonly file: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

const GLANCE = 20;

/** Runs a program with all that it starts to the end; throws with its words if it fails. */
export async function costOf({ file, words, folder, environment }: Program): Promise<ProcessCost> {
  const cpu = childrenCpuMs();
  const start = performance.now();
  const child = spawn(file, words, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let peakBytes = 0;
  const glance = setInterval(() => (peakBytes = Math.max(peakBytes, readHighWater(child.pid as number))), GLANCE);
  const [status] = (await once(child, 'close')) as [number | null];
  const wallMs = performance.now() - start;
  clearInterval(glance);
  if (status !== 0) throw new Error(`${file} ${words.join(' ')} ended with ${String(status)}: ${stderr.slice(-2000)}`);
  return { wallMs, cpuMs: childrenCpuMs() - cpu, peakBytes };
}

/** The median of several runs of each program, in turn, so that a busy moment strikes all alike. */
export async function mediansOf<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
  rounds: number,
): Promise<Readonly<Record<Name, ProcessCost>>> {
  const names = Object.keys(programs) as Name[];
  const costs = new Map<Name, ProcessCost[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) costs.get(name)?.push(await costOf(programs[name]));
  const summaries = [...costs].map(([name, list]) => [name, summary(list)] as const);
  return Object.fromEntries(summaries) as Record<Name, ProcessCost>;
}

function summary(costs: readonly ProcessCost[]): ProcessCost {
  const of = (key: keyof ProcessCost) => costs.map((cost) => cost[key]);
  return { wallMs: median(of('wallMs')), cpuMs: median(of('cpuMs')), peakBytes: Math.max(...of('peakBytes')) };
}
