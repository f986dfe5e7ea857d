import { packageTitle } from '../spack/index.ts';
import type { BuildPlan } from './plan-build.ts';

/**
 * One line for each package: whether it is built, and why. The same in a pipeline's comments, `--explain` and `plan`.
 */
export function explainPlan({ decisions, externals }: BuildPlan): readonly string[] {
  return [
    ...decisions.map((one) => `${one.build ? 'build' : 'keep '} ${packageTitle(one)}: ${oneLine(one.reason)}`),
    ...externals.map((one) => `never ${packageTitle(one)}: ${oneLine(one.reason)}`),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
