import { processNamespace, usageInNamespace, type ProcessUsage } from '../../kit/index.ts';
import { groupsOf } from '../limits/groups-of.ts';
import type { GroupReadings } from '../limits/group-readings.ts';

/** What the processes of a container use, seen from outside of it. A job cannot change what it reads. */
export class ContainerUsage {
  /** The control groups of the container: empty where the runtime makes none. */
  readonly groups: GroupReadings;
  readonly #namespace: string | undefined;
  #sampled = 0;

  /** Of the container whose first process is `pid`. */
  constructor(pid: number) {
    this.groups = groupsOf(pid);
    const namespace = processNamespace(pid);
    this.#namespace = namespace === processNamespace(process.pid) ? undefined : namespace;
  }

  /** Adds up what its processes use now; undefined where this user does not see them. */
  sample(): ProcessUsage | undefined {
    const usage = this.#namespace === undefined ? undefined : usageInNamespace(this.#namespace);
    this.#sampled = Math.max(this.#sampled, usage?.cpuSeconds ?? 0);
    return usage;
  }

  /** Of all that ran in it, or as much as samples have seen. */
  get cpuSeconds(): number {
    return this.groups.cpuSeconds ?? this.#sampled;
  }
}
