import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { processesNaming } from './processes-naming.ts';

const execute = promisify(execFile);

export interface SlurmPrograms {
  readonly munged: string;
  readonly slurmctld: string;
  readonly slurmd: string;
}

/** In the environment of the daemon of the node alone: jobs begin with that of `sbatch`. */
const NODE = 'SLIPWAY_TEST_SLURM_NODE';
const PATIENCE = { timeout: 180_000, interval: 200 };

/**
 * A cluster of one node on the loopback, with its files below a folder: Debian's `munge` and `slurm-wlm`, in two partitions.
 * The node has four CPUs and 8,000 MiB, whatever the machine has.
 */
export class SlurmCluster {
  readonly config: string;
  readonly #folder: string;
  readonly #programs: SlurmPrograms;
  readonly #running = new Map<keyof SlurmPrograms, ChildProcess>();

  private constructor(folder: string, programs: SlurmPrograms) {
    this.#folder = folder;
    this.#programs = programs;
    this.config = join(folder, 'slurm.conf');
  }

  static async start(folder: string, programs: SlurmPrograms): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder, programs);
    for (const name of ['state', 'spool', 'munge']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'munge', 'key'), randomBytes(128), { mode: 0o600 });
    await writeFile(cluster.config, await configuration(folder));
    cluster.#startMunge();
    await cluster.startController();
    await cluster.startNode();
    return cluster;
  }

  /** Runs a command of Slurm and returns what it prints. */
  async command(program: string, ...words: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, SLURM_CONF: this.config };
    return (await execute(program, words, { env, timeout: 120_000 })).stdout.trim();
  }

  /** Names, partitions and states of all jobs that the controller remembers. */
  async jobs(): Promise<readonly string[]> {
    const text = await this.command('squeue', '--noheader', '--states=all', '--format=%j %P %T');
    return text.split('\n').filter((line) => line !== '');
  }

  async startController(): Promise<void> {
    this.#start('slurmctld', ['-D', '-f', this.config]);
    await vi.waitFor(async () => expect(await this.command('scontrol', 'ping')).toContain(' is UP'), PATIENCE);
  }

  /** As an upgrade or a reboot does: it keeps its queue. */
  async stopController(): Promise<void> {
    await this.#stop('slurmctld', 'SIGTERM');
  }

  /** Returns when the node takes jobs. */
  async startNode(): Promise<void> {
    this.#start('slurmd', ['-D', '-N', 'node1', '-f', this.config], { [NODE]: this.#folder });
    const state = () => this.command('sinfo', '--noheader', '--partition=build', '--format=%T');
    await vi.waitFor(async () => expect(await state()).toBe('idle'), PATIENCE);
  }

  /**
   * Cuts the power of the node: its daemon and all jobs end at once. The controller is informed at once, since its limit
   * for a node that does not answer has to be long enough for a busy one.
   */
  async failNode(): Promise<void> {
    await this.#cutPower();
    await this.command('scontrol', 'update', 'NodeName=node1', 'State=DOWN', 'Reason=power');
  }

  async close(): Promise<void> {
    await this.#cutPower();
    await this.#stop('slurmctld');
    await this.#stop('munged');
    await this.#killJobs();
  }

  async #cutPower(): Promise<void> {
    await this.#stop('slurmd');
    await this.#killJobs();
  }

  #startMunge(): void {
    const at = (name: string) => join(this.#folder, 'munge', name);
    const files = [`--key-file=${at('key')}`, `--pid-file=${at('pid')}`, `--seed-file=${at('seed')}`];
    const socket = `--socket=${join(this.#folder, 'munge.socket')}`;
    // It insists on a folder that all users can enter, unless it is forced.
    this.#start('munged', ['--foreground', '--force', socket, ...files, `--log-file=${at('log')}`]);
  }

  #start(name: keyof SlurmPrograms, words: readonly string[], more: Readonly<Record<string, string>> = {}): void {
    const env = { PATH: process.env.PATH, SLURM_CONF: this.config, ...more };
    this.#running.set(name, spawn(this.#programs[name], words, { stdio: 'ignore', env }));
  }

  async #stop(name: keyof SlurmPrograms, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** The daemons of jobs have the environment of that of the node, and jobs name the node. */
  async #killJobs(): Promise<void> {
    const [daemons, ofNode, ofCluster] = await Promise.all([
      processesNaming(`${NODE}=${this.#folder}`),
      processesNaming('SLURMD_NODENAME=node1'),
      processesNaming(this.config),
    ]);
    const jobs = ofNode.filter((pid) => ofCluster.includes(pid));
    for (const pid of [...daemons, ...jobs])
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
  }
}

async function configuration(folder: string): Promise<string> {
  const [host, user] = [hostname(), userInfo().username];
  const at = (name: string) => join(folder, name);
  const lines = [
    'ClusterName=lab',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    `SlurmctldPort=${await freePort()}`,
    `SlurmdPort=${await freePort()}`,
    'AuthType=auth/munge',
    `AuthInfo=socket=${at('munge.socket')}`,
    'CredType=cred/munge',
    `StateSaveLocation=${at('state')}`,
    `SlurmdSpoolDir=${at('spool')}`,
    `SlurmctldPidFile=${at('slurmctld.pid')}`,
    `SlurmdPidFile=${at('slurmd.pid')}`,
    `SlurmctldLogFile=${at('slurmctld.log')}`,
    `SlurmdLogFile=${at('slurmd.log')}`,
    'ProctrackType=proctrack/pgid',
    'TaskPlugin=task/none',
    'MpiDefault=none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'SlurmdParameters=config_overrides',
    'SchedulerParameters=sched_min_interval=100000',
    'SlurmdTimeout=30',
    'KillWait=2',
    'ReturnToService=2',
    `NodeName=node1 NodeHostname=${host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000`,
    'PartitionName=build Nodes=node1 Default=YES',
    'PartitionName=debug Nodes=node1',
  ];
  return `${lines.join('\n')}\n`;
}
