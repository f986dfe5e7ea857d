import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { availableMemory } from './available-memory.ts';
import { solverPool } from './solver-pool.ts';

const GB = 1e9;

describe('solverPool', () => {
  test.each([
    ['by the roots', { roots: 3, jobs: 8 }, 100 * GB, 3],
    ['by what Spack would start', { roots: 30, jobs: 8 }, 100 * GB, 8],
    ['by memory', { roots: 30, jobs: 8 }, 5.2 * GB, 3],
    ['to one where there is memory for none', { roots: 30, jobs: 8 }, 0.5 * GB, 1],
    ['not by memory where that is unknown', { roots: 30, jobs: 8 }, Infinity, 8],
  ])('limits solvers %s', async (_by, request, available, processes) => {
    expect(await solverPool(request, async () => available)).toMatchObject({ processes });
  });

  test('says why', async () => {
    const { reason } = await solverPool({ roots: 9, jobs: 4 }, async () => 5.2 * GB);
    expect(reason).toBe('4 by cores and config:build_jobs; 5.2 GB of memory are available, 1.7 GB for each');
  });
});

describe('availableMemory', () => {
  const memoryOf = async (files: Readonly<Record<string, string>>) => {
    const folder = await temporaryFolder();
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return availableMemory({ proc: join(folder, 'proc'), groups: join(folder, 'groups') });
  };
  const meminfo = { 'proc/meminfo': 'MemTotal:  9000 kB\nMemAvailable:       8000 kB\n' };
  const second = { ...meminfo, 'proc/self/cgroup': '0::/a/b\n', 'groups/a/b/memory.max': 'max\n' };
  const first = { ...meminfo, 'proc/self/cgroup': '5:cpu,memory:/a\n1:pids:/\n' };

  test('is what the kernel can give, where no group limits it', async () => {
    expect(await memoryOf(meminfo)).toBe(8000 * 1024);
    expect(await memoryOf(second)).toBe(8000 * 1024);
    expect(await memoryOf({})).toBe(Infinity);
  });

  test('is what a group above leaves, with what it has in caches (version 2)', async () => {
    const group = {
      'groups/a/memory.max': '1000\n',
      'groups/a/memory.current': '700\n',
      'groups/a/memory.stat': 'anon 300\ninactive_file 200\n',
    };
    expect(await memoryOf({ ...second, ...group })).toBe(500);
  });

  test('is what a group leaves (version 1), and never less than nothing', async () => {
    const group = {
      'groups/memory/a/memory.limit_in_bytes': '1000\n',
      'groups/memory/a/memory.usage_in_bytes': '1200\n',
      'groups/memory/a/memory.stat': 'inactive_file 1\ntotal_inactive_file 100\n',
    };
    expect(await memoryOf({ ...first, ...group })).toBe(0);
    const unlimited = { 'groups/memory/memory.limit_in_bytes': '9223372036854771712\n' };
    expect(await memoryOf({ ...first, ...unlimited })).toBe(8000 * 1024);
  });
});
