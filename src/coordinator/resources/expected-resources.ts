import { groupBy, medianOf, memoized, readQuantity } from '../../kit/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { madeBy, OUT_OF_MEMORY, type PackageHistory, type PhaseHistory } from './package-history.ts';

/** What a job is expected to need while it runs. */
export interface ResourceNeeds {
  /** Bytes; 0 if nothing is known. */
  readonly memory: number;
  readonly cores: number;
}

/** What a job is expected to need, and to use if it has a machine of its own. */
export interface ExpectedResources extends ResourceNeeds {
  /** CPUs that earlier builds of its package kept busy; absent if there are none. */
  readonly busyCpus?: number;
}

/** Room for what another run may need more. */
const MARGIN = 1.15;
/** How much more a job needs that was ended because memory ran out. */
const RAISE = 1.5;
/** Packages of one kind without which the median of all counts. */
const FEW = 3;

type Measured = Pick<PhaseHistory, 'package' | 'version'> & { readonly memory: number; readonly cores: number };

/**
 * Returns what jobs are expected to need, by the history at this moment: what the same version of the package needed,
 * else other versions of it, else the median of packages of the same kind. A job that requests more gets more; what a
 * job without a history requests is taken as it is.
 */
export function expectedResources(packages: Pick<PackageHistory, 'phases'>): (job: JobPlan) => ExpectedResources {
  // Any runner reports what `slipway rebuild` measured itself.
  const ended = [...packages.phases('script'), ...packages.phases('rebuild')];
  const measured = [...ended.flatMap(measuredOf), ...raised(packages.phases(OUT_OF_MEMORY), ended)];
  const byPackage = groupBy(measured, (one) => one.package);
  const byKind = groupBy(measured, kindOf);
  const typical = memoized((kind: string) => {
    const alike = byKind.get(kind) ?? [];
    const similar = alike.length >= FEW ? alike : measured;
    return (medianOf(similar.map((one) => one.memory)) ?? 0) * MARGIN;
  });
  return (job) => {
    const made = madeBy(job);
    const own = byPackage.get(made.package) ?? [];
    const same = own.filter(({ version }) => version === made.version);
    const known = same.length > 0 ? same : own;
    const requested = requestedOf(job);
    const measuredMemory = Math.max(0, ...known.map((one) => one.memory)) * MARGIN;
    const memory = known.length > 0 ? measuredMemory : typical(kindOf(made));
    return {
      memory: requested.memory === undefined ? memory : Math.max(requested.memory, measuredMemory),
      // Jobs that build packages share cores by a jobserver, and need one to begin with.
      cores: requested.cores ?? (made.version === '' ? (busyCpus(known) ?? 1) : 1),
      busyCpus: busyCpus(known),
    };
  };
}

function measuredOf({ maxMemory, ...one }: PhaseHistory): readonly Measured[] {
  if (maxMemory === undefined) return [];
  const cores = one.seconds > 0 ? (one.cpuSeconds ?? 0) / one.seconds : 1;
  return [{ package: one.package, version: one.version, memory: maxMemory, cores }];
}

/** Returns what packages need that ran out of memory and have not been built since. */
function raised(killed: readonly PhaseHistory[], ended: readonly PhaseHistory[]): readonly Measured[] {
  const newest = new Map(ended.map((one) => [`${one.package} ${one.version}`, one.at]));
  return killed
    .filter((one) => (newest.get(`${one.package} ${one.version}`) ?? '') < one.at)
    .flatMap(measuredOf)
    .map((one) => ({ ...one, memory: one.memory * RAISE }));
}

/** What precedes the first dash of a name in Spack is the build system: `py-numpy`, `r-dplyr`. */
export function kindOf({ package: name, version }: Pick<Measured, 'package' | 'version'>): string {
  if (version === '') return '';
  return /^([a-z]{1,5})-/.exec(name)?.[1] ?? 'package';
}

function busyCpus(known: readonly Measured[]): number | undefined {
  return known.length === 0 ? undefined : Math.max(1, Math.round(Math.max(...known.map(({ cores }) => cores))));
}

/** Spack's pipelines set these variables for GitLab's runner in Kubernetes. */
function requestedOf({ variables }: JobPlan): Partial<ResourceNeeds> {
  return {
    memory: readQuantity(variables.KUBERNETES_MEMORY_REQUEST?.value),
    cores: readQuantity(variables.KUBERNETES_CPU_REQUEST?.value),
  };
}
