import type { TrendFigures } from '../../../../src/protocol/index.ts';

/** Returns the share of packages that did not have to be built; undefined where there was no package. */
export function reuseRate({ packages: { built, reused } }: TrendFigures): number | undefined {
  return share(reused, built + reused);
}

/** Returns the share of pipelines that passed, of those that were not canceled. */
export function passRate({ pipelines: { success, failed } }: TrendFigures): number | undefined {
  return share(success, success + failed);
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

export function percentText(value: number): string {
  return `${Math.round(value * 100)} %`;
}
