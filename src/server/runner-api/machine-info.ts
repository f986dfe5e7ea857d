import type { MachineInfo } from '../../coordinator/index.ts';
import type { RunnerVerification } from '../../protocol/index.ts';

/** Longer texts are no version or platform. */
const MOST = 100;

/** Returns how a machine describes itself in its requests. */
export function machineInfo(info: NonNullable<RunnerVerification['info']>): MachineInfo {
  const text = (value: string | null | undefined) => value?.slice(0, MOST) || undefined;
  const { version, platform, architecture, executor } = info;
  return {
    version: text(version),
    platform: text(platform),
    architecture: text(architecture),
    executor: text(executor),
  };
}
