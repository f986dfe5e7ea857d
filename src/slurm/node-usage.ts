import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GroupReadings, type ScriptUsage } from '../executor/index.ts';
import { ifExists } from '../kit/index.ts';

/** Files in the folder of a job; each is absent until it is known. */
const FILES = { groups: 'groups', times: 'times', sampled: 'sampled' } as const;
const PEAKS = ['memory.peak', 'memory.max_usage_in_bytes'] as const;

/**
 * Copies what the kernel counts for the job of Slurm, where the cluster gives each job a control group of either
 * version. Version 1 counts a kill for lack of memory only in the group of the process itself.
 */
const READ_GROUPS = `read_groups() {
  while IFS=: read -r _ controllers own; do
    case $own/ in */"job_$SLURM_JOB_ID"/*) ;; *) continue ;; esac
    job=\${own%%"/job_$SLURM_JOB_ID"*}/job_$SLURM_JOB_ID
    for file in ${PEAKS.join(' ')} memory.stat memory.events cpu.stat cpuacct.usage; do
      [ ! -r "/sys/fs/cgroup/$controllers$job/$file" ] || cat "/sys/fs/cgroup/$controllers$job/$file" >"${FILES.groups}/$file"
    done
    file=memory.oom_control
    [ ! -r "/sys/fs/cgroup/$controllers$own/$file" ] || cat "/sys/fs/cgroup/$controllers$own/$file" >"${FILES.groups}/$file"
  done </proc/self/cgroup
} 2>/dev/null`;

/** Keeps the most memory, in KiB, that the processes of the shell `$1` had, but for those of this program. */
const SAMPLE = `most=0
while kill -0 "$1"; do
  now=$(cat /proc/[0-9]*/status | awk -v root="$1" -v own="$$" '
    $1 == "Pid:" { pid = $2 }
    $1 == "PPid:" { parent[pid] = $2 }
    $1 == "RssAnon:" { memory[pid] = $2 }
    END {
      for (pid in memory) {
        for (one = pid; one in parent && one != root && one != own; one = parent[one]);
        if (one == root) sum += memory[pid]
      }
      printf "%.0f", sum
    }')
  if [ "$now" -gt "$most" ]; then
    most=$now
    echo "$most" >${FILES.sampled}.part && mv ${FILES.sampled}.part ${FILES.sampled}
  fi
  sleep 1
done`;

/** Shell text that goes before and after a script on a node. It needs no more than a POSIX shell, and awk for samples. */
export const measuring = {
  before: `mkdir ${FILES.groups}
${READ_GROUPS}
read_groups
sampler=
if ! ${PEAKS.map((file) => `[ -s ${FILES.groups}/${file} ]`).join(' && ! ')}; then
  sh -s "$$" <<'END' >/dev/null 2>&1 &
${SAMPLE}
END
  sampler=$!
fi
`,
  after: `times >${FILES.times}
[ -z "$sampler" ] || kill "$sampler"
read_groups
`,
} as const;

/** Returns what the script of a folder used on its node, as far as that is known. A node may have written anything. */
export async function nodeUsage(folder: string): Promise<ScriptUsage> {
  const [memory, cpuSeconds] = await Promise.all([memoryUsage(folder), cpuUsage(folder)]);
  return { ...memory, ...(isAmount(cpuSeconds) && { cpuSeconds }) };
}

async function memoryUsage(folder: string): Promise<Pick<ScriptUsage, 'memory' | 'method' | 'outOfMemory'>> {
  const groups = join(folder, FILES.groups);
  const sizes = await Promise.all(PEAKS.map((file) => readNode(join(groups, file))));
  if (sizes.every((text) => text === '')) {
    const memory = Number(await readNode(join(folder, FILES.sampled))) * 1024;
    return memory > 0 && isAmount(memory) ? { memory, method: 'sampled' } : {};
  }
  const readings = new GroupReadings({ memory: groups });
  const memory = readings.memory?.peak;
  if (!isAmount(memory)) return {};
  return { memory, method: 'cgroup', ...(readings.reached !== undefined && { outOfMemory: true }) };
}

/** Of all processes in the control group, or of those that the shell has waited for: `times` of POSIX, 2nd line. */
async function cpuUsage(folder: string): Promise<number> {
  const counted = new GroupReadings({ cores: join(folder, FILES.groups) }).cpuSeconds;
  if (counted !== undefined && counted > 0) return counted;
  const [, waited = ''] = (await readNode(join(folder, FILES.times))).split('\n');
  const times = [...waited.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

async function readNode(path: string): Promise<string> {
  return ((await ifExists(readFile(path, 'utf8'))) ?? '').trim();
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
