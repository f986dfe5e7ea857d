import { join } from 'node:path';
import { GroupReadings, readText, type GroupFolders } from './group-readings.ts';

const CONTROLLERS = { memory: 'memory', processes: 'pids', cores: 'cpuacct' } as const;

/** Returns the control groups of a process, as far as this process is not in them. */
export function groupsOf(pid: number): GroupReadings {
  const texts = {
    mounts: readText('/proc/self/mountinfo'),
    theirs: readText(`/proc/${pid}/cgroup`),
    own: readText('/proc/self/cgroup'),
  };
  const unified = folderOf('', texts);
  if (unified !== undefined && readText(join(unified, 'cgroup.controllers')).split(' ').includes('memory'))
    return new GroupReadings({ memory: unified, processes: unified, cores: unified });
  const folders: GroupFolders = {};
  for (const [resource, controller] of Object.entries(CONTROLLERS)) {
    const folder = folderOf(controller, texts);
    if (folder !== undefined) folders[resource as keyof typeof CONTROLLERS] = folder;
  }
  return new GroupReadings(folders);
}

interface Texts {
  /** Of proc(5), `mountinfo`, and of `cgroup` of that process and of this one. */
  readonly mounts: string;
  readonly theirs: string;
  readonly own: string;
}

/** Returns the folder of a controller of version 1, or of version 2 for an empty name. */
function folderOf(controller: string, { mounts, theirs, own }: Texts): string | undefined {
  const line = controller === '' ? /^0::(\/.*)$/m : new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(/.*)$`, 'm');
  const type = controller === '' ? 'cgroup2 ' : `cgroup \\S+ \\S*\\b${controller}\\b`;
  const point = new RegExp(`^\\S+ \\S+ \\S+ \\S+ (\\S+) .* - ${type}`, 'm').exec(mounts)?.[1];
  const path = line.exec(theirs)?.[1];
  if (point === undefined || path === undefined || path === line.exec(own)?.[1]) return undefined;
  return join(point, path);
}
