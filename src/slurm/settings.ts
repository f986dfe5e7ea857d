import * as z from 'zod';
import { checkYaml, readNamedFile, readYaml, refuseErrors } from '../kit/index.ts';
import { Memory } from './quantities.ts';

const Name = z.string().regex(/^[\w.@+-]{1,64}$/, 'must be a name of letters, digits and `._@+-`');
const Count = z.number().int().positive();

const Size = z.strictObject({
  cpus: Count.optional().describe('CPUs of each task'),
  memory: Memory.optional().describe('Memory on each node'),
  partition: Name.optional().describe('Partition'),
});

const Maximum = z.strictObject({
  cpus: Count.optional().describe('CPUs of each task'),
  memory: Memory.optional().describe('Memory on each node'),
  minutes: Count.optional().describe('Time limit in minutes'),
  nodes: Count.default(1).describe('Nodes'),
  tasks: Count.default(1).describe('Tasks'),
  gpus: z.number().int().nonnegative().default(0).describe('GPUs on each node'),
});

/** The settings of `slipway slurm`. Relative paths are not allowed, since nodes read them too. */
export const SlurmSettings = z.strictObject({
  folder: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .describe('Folder that the host of the runner and all nodes see at this path: sources, caches, scripts and logs'),
  partition: Name.optional().describe('Partition of jobs that choose none; without it: the default of Slurm'),
  partitions: z.array(Name).default([]).describe('Further partitions, which jobs choose with SLURM_PARTITION'),
  constraints: z.array(Name).default([]).describe('Features of nodes, which jobs choose with SLURM_CONSTRAINT'),
  account: Name.optional().describe('Account that the time is charged to'),
  qos: Name.optional().describe('Quality of service'),
  cpus: Count.default(1).describe('CPUs of jobs that request none'),
  memory: Memory.optional().describe('Memory of jobs that request none; without it: the default of the partition'),
  sizes: z
    .record(z.string(), Size)
    .default({})
    .describe('Requests by name, for jobs whose variable CI_JOB_SIZE, or whose runner’s list of tags, has that name'),
  maximum: Maximum.prefault({}).describe('The most that a job gets, whatever it requests'),
  options: z.array(z.string()).default([]).describe('Further options of `sbatch`, such as `--exclusive`'),
  setup: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .optional()
    .describe('Shell file that bash reads before each script on a node (BASH_ENV), for example for `module`'),
  poll: z.number().positive().max(60).default(2).describe('Seconds between two reads of the log of a job'),
});
export type SlurmSettings = z.infer<typeof SlurmSettings>;

/** Reads the settings. Throws all faults together. */
export async function readSlurmSettings(file: string, cwd: string): Promise<SlurmSettings> {
  const { value, diagnostics } = checkYaml(readYaml(await readNamedFile(file, cwd), file), SlurmSettings);
  refuseErrors(diagnostics);
  return value as SlurmSettings;
}
