import { readFileSync } from 'node:fs';
import { usageOf } from '../src/kit/index.ts';

/** What the processors have done up to a moment, in seconds. */
export interface MachineTime {
  readonly wall: number;
  /** Busy time of all cores together, and time that the host of a virtual machine gave to others. */
  readonly busy: number;
  /** Of this process and all that it started. */
  readonly own: number;
}

/** Seconds of a tick of `/proc/stat`. */
const TICK = 0.01;

export function machineTime(): MachineTime {
  return { wall: performance.now() / 1000, busy: busySeconds(), own: usageOf(process.pid).cpuSeconds };
}

export function timeBetween(start: MachineTime, end: MachineTime): MachineTime {
  return { wall: end.wall - start.wall, busy: end.busy - start.busy, own: end.own - start.own };
}

/** Sums all but idle times (proc(5), `stat`). */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)
    .flatMap((line) => line.split(/\s+/).slice(1).map(Number));
  return (user + nice + system + irq + softIrq + steal) * TICK;
}
