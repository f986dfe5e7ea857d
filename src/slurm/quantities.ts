import * as z from 'zod';
import { readQuantity } from '../kit/index.ts';

/** Powers of 1024 that Slurm's suffixes stand for, in mebibytes. */
const SLURM_UNITS: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2 };
const MEBIBYTE = 2 ** 20;

/** Returns mebibytes of a size as `--mem` of Slurm takes it (`4G`; without a unit: mebibytes); undefined for others. */
export function slurmMemory(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})([KMGT]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return atLeastOne(Number(digits) * (SLURM_UNITS[(unit as string).toUpperCase()] ?? 1));
}

/** Returns mebibytes of a quantity of Kubernetes (`16G`, `500Mi`, `1.5Gi`); undefined for others. */
export function kubernetesMemory(text: string): number | undefined {
  const bytes = /^\d{1,15}(?:\.\d{1,6})?(?:k|[MGT]|[KMGT]i)?$/.test(text) ? readQuantity(text) : undefined;
  return bytes === undefined ? undefined : atLeastOne(bytes / MEBIBYTE);
}

/** Returns whole CPUs for a quantity of Kubernetes (`4`, `500m`, `1.5`); undefined for others. */
export function kubernetesCpus(text: string): number | undefined {
  const cpus = /^\d{1,7}(?:\.\d{1,3})?m?$/.test(text) ? readQuantity(text) : undefined;
  return cpus === undefined ? undefined : atLeastOne(cpus);
}

/** Returns the option of Slurm, where 0 would mean all of a node. */
function atLeastOne(amount: number): number {
  return Math.max(1, Math.ceil(amount));
}

/** A size in the settings, as mebibytes. */
export const Memory = z
  .string()
  .refine((text) => slurmMemory(text) !== undefined, 'must be a size such as 4G or 500M')
  .transform((text) => slurmMemory(text) as number);
