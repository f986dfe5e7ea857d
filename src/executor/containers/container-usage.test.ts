import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { sandboxAvailable } from '../sandbox/find-sandbox.ts';
import { ContainerUsage } from './container-usage.ts';

const HOG = `$| = 1; $x = "a" x (100_000_000 + $$ % 2); 1 while (times)[0] < 0.5; print "pid " . readlink("/proc/self") . "\\n"; <STDIN>`;

test.skipIf(!(await sandboxAvailable()))(
  'a container without control groups of its own is measured by its processes',
  async () => {
    // The shell is outside of the namespace, as what starts a command in a container is.
    const child = spawn('unshare', ['-Urpf', 'sh', '-c', `perl -e '${HOG}'; :`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.stdin.end());
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const usage = new ContainerUsage(Number(/pid (\d+)/.exec(line.toString())?.[1]));
    expect(usage.groups.has('memory')).toBe(false);
    expect(usage.sample()?.memory).toBeGreaterThan(100_000_000);
    expect(usage.sample()?.memory).toBeLessThan(200_000_000);
    expect(usage.cpuSeconds).toBeGreaterThanOrEqual(0.5);
  },
);

test('a process that is in no container is not measured', () => {
  expect(new ContainerUsage(process.pid).sample()).toBeUndefined();
});
