import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, release, totalmem, type, version } from 'node:os';
import type { HostDescription } from './build-identity.ts';

const MEBIBYTE = 2 ** 20;

/** Vendors by the name that they have in the processor. */
const vendors: Readonly<Record<string, string>> = {
  AuthenticAMD: 'Advanced Micro Devices',
  GenuineIntel: 'Intel Corporation',
};

/** Describes this machine as CTest does; unknown texts are empty, unknown numbers 0. */
export async function describeHost(): Promise<HostDescription> {
  const [cpu, memory] = await Promise.all([readFacts('/proc/cpuinfo'), readFacts('/proc/meminfo')]);
  const first = (name: string) => cpu.get(name)?.[0] ?? '';
  const vendor = first('vendor_id');
  const logical = cpus().length;
  const physical = Number(first('cpu cores')) * new Set(cpu.get('physical id')).size || logical;
  return {
    OSName: type(),
    Hostname: hostname(),
    OSRelease: release(),
    OSVersion: version(),
    OSPlatform: platforms[arch()] ?? arch(),
    Is64Bits: /64|s390x/.test(arch()) ? 1 : 0,
    VendorString: vendor,
    VendorID: vendors[vendor] ?? vendor,
    FamilyID: wholeNumber(first('cpu family')),
    ModelID: wholeNumber(first('model')),
    ProcessorCacheSize: numberIn(first('cache size')),
    NumberOfLogicalCPU: logical,
    NumberOfPhysicalCPU: physical,
    TotalVirtualMemory: Math.floor(numberIn(memory.get('SwapTotal')?.[0]) / 1024),
    TotalPhysicalMemory: Math.floor(totalmem() / MEBIBYTE),
    LogicalProcessorsPerPhysical: Math.max(1, Math.round(logical / physical)),
    ProcessorClockFrequency: numberIn(first('cpu MHz')),
  };
}

/** The output of `uname -m`, by Node's names. */
const platforms: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686', ppc64: 'ppc64le' };

/** `name : value` lines of a file of the kernel; without the file there are none. */
async function readFacts(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const facts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^:\t]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    facts.set(name.trim(), [...(facts.get(name.trim()) ?? []), value]);
  }
  return facts;
}

function numberIn(text = ''): number {
  return Number(/[\d.]+/.exec(text)?.[0] ?? 0);
}

/** Processors without numbers for family and model have none, or names: CDash takes numbers only. */
function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
