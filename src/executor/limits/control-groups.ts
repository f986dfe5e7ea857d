import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identifyProcess, isSameProcess } from '../../kit/index.ts';
import { GroupReadings, readText } from './group-readings.ts';
import type { JobLimits } from './job-limits.ts';

type Resource = 'memory' | 'processes';

/** The control groups below which this process can make others, by what they limit. */
export type ControlGroups = Readonly<Partial<Record<Resource, ControlGroup>>>;

interface ControlGroup {
  readonly version: 1 | 2;
  readonly folder: string;
}

interface CgroupFiles {
  /** Text of `/proc/self/mountinfo`. */
  readonly mounts: string;
  /** Text of `/proc/self/cgroup`. */
  readonly groups: string;
}

/** What the group of this process is called while jobs have groups beside it. */
const OWN_GROUP = 'slipway-server';
/** What the groups of jobs of this process are called: other servers of the machine may have theirs beside them. */
const JOB_GROUP = `slipway-job-${process.pid}-${identifyProcess(process.pid)?.startTime ?? ''}-`;

/**
 * Finds the control groups that this process can use: its own of version 2 if it is delegated (systemd:
 * `Delegate=yes`), or those of version 1 if it may write there. Version 2 allows no processes in a group with limited
 * children, so those in the delegated group move into a child of it (cgroups(7), "no internal processes").
 */
export function findControlGroups(files: CgroupFiles = filesOfThisProcess()): ControlGroups {
  const unified = unifiedGroup(files);
  if (unified !== undefined) return { memory: unified, processes: unified };
  const memory = firstGroup(files, 'memory');
  const processes = firstGroup(files, 'pids');
  return { ...(memory === undefined ? {} : { memory }), ...(processes === undefined ? {} : { processes }) };
}

function filesOfThisProcess(): CgroupFiles {
  return { mounts: readText('/proc/self/mountinfo'), groups: readText('/proc/self/cgroup') };
}

function unifiedGroup({ mounts, groups }: CgroupFiles): ControlGroup | undefined {
  const point = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(mounts)?.[1];
  const path = /^0::(\/.*)$/m.exec(groups)?.[1];
  if (point === undefined || path === undefined) return undefined;
  // Already in the child that an earlier call made.
  const folder = join(point, path.endsWith(`/${OWN_GROUP}`) ? dirname(path) : path);
  const controllers = readText(join(folder, 'cgroup.controllers')).split(/\s/);
  // Not the whole machine's group, which has no type, nor the session of a user who is logged in.
  const isOurs = folder.endsWith('.service') || (folder === point && readText(join(folder, 'cgroup.type')) !== '');
  if (!isOurs || !controllers.includes('memory') || !controllers.includes('pids')) return undefined;
  try {
    mkdirSync(join(folder, OWN_GROUP), { recursive: true });
    for (const pid of readText(join(folder, 'cgroup.procs')).split('\n').filter(Boolean))
      writeFileSync(join(folder, OWN_GROUP, 'cgroup.procs'), pid);
    writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory +pids');
    return swept({ version: 2, folder });
  } catch {
    return undefined;
  }
}

function firstGroup({ mounts, groups }: CgroupFiles, controller: 'memory' | 'pids'): ControlGroup | undefined {
  const point = new RegExp(`^\\S+ \\S+ \\S+ \\S+ (\\S+) .* - cgroup \\S+ \\S*\\b${controller}\\b`, 'm').exec(
    mounts,
  )?.[1];
  const path = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(/.*)$`, 'm').exec(groups)?.[1];
  if (point === undefined || path === undefined) return undefined;
  const folder = join(point, path);
  const probe = join(folder, `${JOB_GROUP}probe`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return swept({ version: 1, folder });
  } catch {
    return undefined;
  }
}

/** Removes groups of jobs of servers that were killed. Those with processes stay. */
function swept(group: ControlGroup): ControlGroup {
  for (const name of readdirSync(group.folder)) {
    const [, pid, startTime = ''] = /^slipway-job-(\d+)-(\d*)-/.exec(name) ?? [];
    if (pid !== undefined && !isSameProcess({ pid: Number(pid), startTime })) tryRemove(join(group.folder, name));
  }
  return group;
}

/** The control groups of one script of a job. `remove` once, when its processes have ended. */
export class JobGroups extends GroupReadings {
  constructor(groups: ControlGroups, name: string, limits: JobLimits) {
    super();
    for (const resource of ['memory', 'processes'] as const) {
      const group = groups[resource];
      if (group !== undefined) this.#make(resource, { group, name, limit: limits[resource] });
    }
  }

  #make(resource: Resource, { group, name, limit }: { group: ControlGroup; name: string; limit: number }): void {
    const folder = join(group.folder, JOB_GROUP + name);
    mkdirSync(folder, { recursive: true });
    const isSecond = group.version === 2;
    if (resource === 'processes') writeFileSync(join(folder, 'pids.max'), String(limit));
    else {
      writeFileSync(join(folder, isSecond ? 'memory.max' : 'memory.limit_in_bytes'), String(limit));
      // All processes end together: what is left of a job without its largest one is of no use.
      if (isSecond) writeFileSync(join(folder, 'memory.oom.group'), '1');
    }
    this.folders[resource] = folder;
  }

  /** Shell text by which a shell, and what it becomes, enters the groups. */
  override get entering(): string {
    const folders = new Set(Object.values(this.folders));
    return [...folders].map((folder) => `echo 0 >'${join(folder, 'cgroup.procs')}' || exit 125`).join('; ');
  }

  /** Returns whether all groups are gone: processes that have just ended may still be counted. */
  override remove(): boolean {
    return Object.values(this.folders).map(tryRemove).every(Boolean);
  }
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
