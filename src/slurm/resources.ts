import { quotedList } from '../kit/index.ts';
import { slurmError } from './errors.ts';
import { kubernetesCpus, kubernetesMemory, slurmMemory } from './quantities.ts';
import type { SlurmSettings } from './settings.ts';

/** Variables of a job, by name. */
export type JobVariables = Readonly<Record<string, string | undefined>>;

/** The resources of a job, within what the operator allows. */
export interface JobResources {
  readonly cpus: number;
  /** Mebibytes on each node; undefined for the default of the partition. */
  readonly memory: number | undefined;
  readonly minutes: number;
  readonly nodes: number;
  readonly tasks: number;
  readonly gpus: number;
  readonly partition: string | undefined;
  readonly constraint: string | undefined;
  /** Requests that were reduced, as sentences. */
  readonly warnings: readonly string[];
}

interface ResourceRequest {
  readonly variables: JobVariables;
  /** Timeout of the job in seconds. */
  readonly timeout: number;
}

interface Source {
  readonly variable: string;
  readonly parse: (text: string) => number | undefined;
  readonly expected: string;
}

/** Set by the server from earlier runs; memory also from what the job requests of Kubernetes, whichever is more. */
const LEARNED = { cpus: 'SLIPWAY_EXPECTED_CPUS', memory: 'SLIPWAY_EXPECTED_MEMORY' };

const count = (text: string) => (/^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined);
const counted = (variable: string): Source => ({ variable, parse: count, expected: 'a number of 1 or more' });

/** `minutes`, `hours:minutes:seconds` or `days-hours[:minutes[:seconds]]`, of the forms that `--time` takes. */
function minutesOf(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const [, days = '0', hours, minutes = '0', seconds = '0'] =
    /^(?:(\d{1,3})-(?=\d))?(\d{1,4})(?::(\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  if (hours === undefined || (!text.includes('-') && text.split(':').length < 3)) return undefined;
  return Number(days) * 1440 + Number(hours) * 60 + Number(minutes) + (Number(seconds) > 0 ? 1 : 0);
}

/** The variables that request each resource; the first one that a job has counts. */
const SOURCES = {
  cpus: [
    counted('SLURM_CPUS_PER_TASK'),
    { variable: 'KUBERNETES_CPU_REQUEST', parse: kubernetesCpus, expected: 'a number of CPUs such as 4 or 500m' },
    counted(LEARNED.cpus),
  ],
  memory: [
    { variable: 'SLURM_MEM_PER_NODE', parse: slurmMemory, expected: 'a size such as 4G or 500M' },
    { variable: LEARNED.memory, parse: count, expected: 'a number of mebibytes' },
    { variable: 'KUBERNETES_MEMORY_REQUEST', parse: kubernetesMemory, expected: 'a size such as 4G or 500Mi' },
  ],
  minutes: [{ variable: 'SLURM_TIMELIMIT', parse: minutesOf, expected: 'a time such as 01:30:00, 1-12 or 90' }],
  nodes: [counted('SLURM_JOB_NUM_NODES')],
  tasks: [counted('SLURM_NTASKS')],
  gpus: [counted('SLURM_GPUS_PER_NODE')],
} as const satisfies Readonly<Record<string, readonly Source[]>>;

type Quantity = keyof typeof SOURCES;

/**
 * Returns the resources of a job: what its variables request, else what its size has, else the defaults. A job that
 * requests more than the maximum gets the maximum. Throws if a variable has no meaning, or chooses what is not offered.
 */
export function jobResources(request: ResourceRequest, settings: SlurmSettings): JobResources {
  const { variables, timeout } = request;
  const { maximum } = settings;
  const size = sizeOf(variables, settings);
  const warnings: string[] = [];
  const amount = (name: Quantity, fallback: number | undefined) => {
    const found = requested(variables, SOURCES[name]);
    const isLearned = found !== undefined && Object.values(LEARNED).includes(found.variable);
    const least = isLearned ? (fallback ?? 0) : 0;
    const value = found === undefined ? fallback : Math.max(found.value, least);
    const most = maximum[name];
    if (value === undefined || most === undefined || value <= most) return value;
    if (found !== undefined) warnings.push(`${found.variable} requests more than the ${most} that this runner allows.`);
    return most;
  };
  return {
    cpus: amount('cpus', size.cpus ?? settings.cpus) as number,
    memory: amount('memory', size.memory ?? settings.memory),
    minutes: amount('minutes', Math.ceil(timeout / 60)) as number,
    nodes: amount('nodes', 1) as number,
    tasks: amount('tasks', 1) as number,
    gpus: amount('gpus', 0) as number,
    partition: chosen(variables, 'SLURM_PARTITION', partitionsOf(settings)) ?? size.partition ?? settings.partition,
    constraint: chosen(variables, 'SLURM_CONSTRAINT', { offered: settings.constraints, setting: 'constraints' }),
    warnings,
  };
}

function partitionsOf({ partition, partitions }: SlurmSettings): Offer {
  return { offered: [...(partition === undefined ? [] : [partition]), ...partitions], setting: 'partitions' };
}

function sizeOf(variables: JobVariables, { sizes }: SlurmSettings): SlurmSettings['sizes'][string] {
  const named = [variables['CI_JOB_SIZE'] ?? '', ...tagsOf(variables['CI_RUNNER_TAGS'])];
  const found = named.find((name) => Object.hasOwn(sizes, name));
  return found === undefined ? {} : (sizes[found] ?? {});
}

/** GitLab sends a list as JSON, or words with commas. */
function tagsOf(text = ''): readonly string[] {
  return text.split(/[[\]",\s]+/).filter((tag) => tag !== '');
}

function requested(
  variables: JobVariables,
  sources: readonly Source[],
): { readonly variable: string; readonly value: number } | undefined {
  for (const { variable, parse, expected } of sources) {
    const text = variables[variable]?.trim() ?? '';
    if (text === '') continue;
    const value = parse(text);
    if (value === undefined) throw slurmError('SLURM_VARIABLE_INVALID', { variable, value: text, expected });
    return { variable, value };
  }
  return undefined;
}

interface Offer {
  readonly offered: readonly string[];
  readonly setting: string;
}

function chosen(variables: JobVariables, variable: string, { offered, setting }: Offer): string | undefined {
  const value = variables[variable]?.trim() ?? '';
  if (value === '') return undefined;
  if (offered.includes(value)) return value;
  const list = offered.length === 0 ? 'none' : quotedList(offered);
  throw slurmError('SLURM_CHOICE_REFUSED', { variable, value, offered: list, setting });
}
