import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What running a program took. */
export interface Cost {
  readonly wallMs: number;
  /** Time of CPU, user and system: what the work costs whatever else the machine does meanwhile. */
  readonly cpuMs: number;
}

/**
 * The environment of whatever is measured, ours or not: without `NODE_EXTRA_CA_CERTS`, for which Node.js 20 reads all
 * those certificates as it starts, whether it will need them or not (a distribution's take as long as all the rest of
 * its start), and without `PYTHONDONTWRITEBYTECODE`, with which Spack takes three times as long.
 */
export function measuredEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, PYTHONDONTWRITEBYTECODE: _bytecode, ...environment } = process.env;
  return environment;
}

/**
 * Variables for a Spack whose caches and bytecode begin empty in a folder: its first run is cold, later ones are warm.
 */
export function freshSpack(folder: string): Readonly<Record<string, string>> {
  return {
    SPACK_DISABLE_LOCAL_CONFIG: '1',
    SPACK_USER_CONFIG_PATH: join(folder, 'spack-user'),
    SPACK_USER_CACHE_PATH: join(folder, 'spack-cache'),
    PYTHONPYCACHEPREFIX: join(folder, 'spack-bytecode'),
  };
}

/** Removes the bytecode that earlier runs of the built program have stored, so that the next one is cold. */
export function removeCodeCache(): void {
  const built = fileURLToPath(new URL('../dist', import.meta.url));
  for (const name of readdirSync(built).filter((one) => one.endsWith('.code') || one === 'code-cache'))
    rmSync(join(built, name), { recursive: true });
}

/** Runs a program in a folder to its end; throws with its words if it fails. */
export function runIn(folder: string, [file, ...words]: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}) {
  const [start, before] = [performance.now(), childrenCpuMs()];
  const child = spawnSync(file, words, { cwd: folder, encoding: 'utf8', env: { ...measuredEnvironment(), ...env } });
  const wallMs = performance.now() - start;
  if (child.status !== 0) throw new Error(`${file} ended with ${String(child.status)}: ${child.stderr.slice(-2000)}`);
  return { wallMs, cpuMs: childrenCpuMs() - before, stdout: child.stdout };
}

/** Measures once cold, and then several times warm; gives the first and the best of the others. */
export function coldAndWarm(measure: () => Cost, times: number): { readonly cold: Cost; readonly warm: Cost } {
  const [cold, ...others] = Array.from({ length: times + 1 }, measure) as [Cost, ...Cost[]];
  return { cold, warm: others.reduce((one, two) => (two.wallMs < one.wallMs ? two : one)) };
}

/** Runs a program to its end; throws with its words if it fails. */
export function runProgram(file: string, words: readonly string[]): Cost {
  const wall = process.hrtime.bigint();
  const before = childrenCpuMs();
  const options = { env: measuredEnvironment(), encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(file, words, {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')} ended with ${String(status)}: ${stderr}`);
  return { wallMs: Number(process.hrtime.bigint() - wall) / 1e6, cpuMs: childrenCpuMs() - before };
}

/**
 * Runs each of the programs `rounds` times in turn, so that a busy moment strikes all alike.
 * Gives the median wall time of each, and the mean time of CPU, which the kernel counts in steps of 10 ms.
 */
export function compare(
  programs: Readonly<Record<string, readonly [string, ...string[]]>>,
  rounds: number,
): Readonly<Record<string, Cost>> {
  const costs = new Map<string, Cost[]>(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, [file, ...words]] of Object.entries(programs)) costs.get(name)?.push(runProgram(file, words));
  }
  const summaries = [...costs].map(([name, list]) => [name, summarize(list)] as const);
  return Object.fromEntries(summaries);
}

/** The figures of a peer that was measured cold and warm. */
export function peerFigures({ cold, warm }: ReturnType<typeof coldAndWarm>): Readonly<Record<string, number>> {
  return { wallMs: warm.wallMs, cpuMs: warm.cpuMs, coldWallMs: cold.wallMs, coldCpuMs: cold.cpuMs };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function summarize(costs: readonly Cost[]): Cost {
  const cpuMs = costs.reduce((sum, cost) => sum + cost.cpuMs, 0) / costs.length;
  return { wallMs: median(costs.map((cost) => cost.wallMs)), cpuMs };
}

/** Time of CPU of the children that have ended (proc(5), `stat` fields 16 and 17); ticks are 10 ms on Linux. */
export function childrenCpuMs(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
