import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Wait } from '../kit/index.ts';
import {
  explain,
  JobFailure,
  quoteForShell,
  scriptText,
  type JobShell,
  type Script,
  type ScriptUsage,
} from '../executor/index.ts';
import type { Cluster } from './cluster.ts';
import { isFaultOfJob } from './errors.ts';
import { JobFolder } from './job-folder.ts';
import { describeResources, resourceWords } from './resource-words.ts';
import { jobResources, type JobResources } from './resources.ts';
import { runOnCluster } from './run-on-cluster.ts';
import type { SlurmSettings } from './settings.ts';

interface SlurmJob {
  readonly cluster: Cluster;
  readonly settings: SlurmSettings;
  /** Of the job on Slurm. */
  readonly name: string;
  /** Folder for scripts and logs of the job; made by the first script. */
  readonly folder: string;
  /** Of the sources, at the same path on the nodes. */
  readonly project: string;
  /** Folder put before the PATH of the node, if there is one. */
  readonly path: string | undefined;
  /** Of the job, in seconds. */
  readonly timeout: number;
  readonly wait: Wait;
}

/** Variables that a node has of its own. */
const OF_THE_NODE = new Set(['PATH', 'USER', 'LOGNAME', 'LANG', 'TZ']);
const CANCELED = 143;
const MEBIBYTE = 2 ** 20;

/** Runs each script of a job as a job of Slurm. Sources and artifacts are in a folder that the nodes see at the same path. */
export class SlurmShell implements JobShell {
  readonly #job: SlurmJob;
  #isBegun = false;

  constructor(job: SlurmJob) {
    this.#job = job;
  }

  async run(script: Script): Promise<number> {
    const { settings, cluster, name, folder: parent, wait } = this.#job;
    const { onOutput, signal, onUsage } = script;
    const onNote = (line: string) => onOutput(Buffer.from(`${line}\n`));
    const resources = this.#resources(script);
    if (!this.#isBegun) for (const line of introduction(resources)) onNote(line);
    this.#isBegun = true;
    const contents = { name: 'script', script: this.#text(script), isMeasured: onUsage !== undefined };
    const folder = await JobFolder.create(parent, contents);
    const words = resourceWords(resources, settings);
    let isAtLimit = false;
    const code = await runOnCluster({
      cluster,
      name,
      folder,
      words,
      poll: settings.poll * 1000,
      wait,
      signal,
      onNote,
      onOutput: (bytes) => onOutput(Buffer.from(bytes)),
      onOutOfMemory: () => (isAtLimit = true),
    });
    if (code !== undefined && onUsage !== undefined)
      onUsage(withLimit(await folder.usage(), { code, isAtLimit, limit: resources.memory }));
    return code ?? CANCELED;
  }

  async close(): Promise<void> {
    await rm(this.#job.folder, { recursive: true, force: true });
  }

  #resources({ environment: variables }: Script): JobResources {
    const { settings, timeout } = this.#job;
    try {
      return jobResources({ variables, timeout }, settings);
    } catch (error) {
      throw isFaultOfJob(error) ? new JobFailure('script_failure', explain(error)) : error;
    }
  }

  /** The disk for temporary files is the node’s: the folder that all share is slow. */
  #text({ commands, isShown, environment: given }: Script): string {
    const { project, path } = this.#job;
    const shared = join(dirname(project), 'tmp');
    const own = Object.entries(given).filter(
      ([name, value]) => !OF_THE_NODE.has(name) && !(name === 'TMPDIR' && value === shared),
    );
    const environment = Object.fromEntries(own);
    const text = scriptText('bash', { commands, isShown, isColoured: true, folder: project, environment });
    return path === undefined ? text : `export PATH=${quoteForShell(path)}:"$PATH"\n${text}`;
  }
}

interface Ending {
  readonly code: number;
  /** Whether Slurm ended it at its memory limit. */
  readonly isAtLimit: boolean;
  /** Its memory in mebibytes. */
  readonly limit: number | undefined;
}

/** A script that has failed for lack of memory has had all of its memory, whatever was measured. */
function withLimit({ outOfMemory, ...usage }: ScriptUsage, { code, isAtLimit, limit = 0 }: Ending): ScriptUsage {
  if (!isAtLimit && (code === 0 || outOfMemory !== true)) return usage;
  const memory = Math.max(usage.memory ?? 0, limit * MEBIBYTE);
  return { ...usage, ...(memory > 0 && { memory }), outOfMemory: true };
}

function introduction(resources: JobResources): readonly string[] {
  const warnings = resources.warnings.map((warning) => `warning: ${warning}`);
  return [...warnings, `The scripts of this job run on Slurm with ${describeResources(resources)}.`];
}
