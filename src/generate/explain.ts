import type { BuildPlan } from './plan-build.ts';

/** One line for each package: whether it is built, and why. The same in a pipeline's comments, `--explain` and `plan`. */
export function explainPlan({ decisions, externals }: BuildPlan): readonly string[] {
  return [
    ...decisions.map(({ name, version, hash, build, reason }) => {
      const verb = build ? 'build' : 'keep ';
      return `${verb} ${name}@${version} /${hash.slice(0, 7)}: ${oneLine(reason)}`;
    }),
    ...externals.map(({ name, version, hash, reason }) => {
      return `never ${name}@${version} /${hash.slice(0, 7)}: ${oneLine(reason)}`;
    }),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
