import type { MachineInfo } from '../../coordinator/index.ts';
import type { RunnerVerification } from '../../protocol/index.ts';

/** Characters of a text that are kept. */
const MOST = 200;

/** Returns how a machine describes itself in its requests. */
export function machineInfo(info: NonNullable<RunnerVerification['info']>): MachineInfo {
  const text = (value: string | null | undefined) => value?.slice(0, MOST) || undefined;
  const { version, platform, architecture, executor, image_obstacle: imageObstacle } = info;
  return {
    version: text(version),
    platform: text(platform),
    architecture: text(architecture),
    executor: text(executor),
    imageObstacle: text(imageObstacle),
  };
}
