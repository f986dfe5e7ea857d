import type { BuildDecision, BuildPlan } from '../generate/index.ts';
import { packageTitle } from '../spack/index.ts';

/** A plan for people: what is built and why; with `all` also what is not, and what never is. */
export function describePlan(plan: BuildPlan, all: boolean): readonly string[] {
  const builds = plan.decisions.filter((decision) => decision.build);
  const shown = all ? plan.decisions : builds;
  const names = new Map(plan.decisions.map((decision) => [decision.hash, decision.name]));
  const total = plan.decisions.length;
  const summary =
    builds.length === 0
      ? `All ${total} packages are on the mirror.`
      : `${builds.length} of ${total} packages must be built.`;
  const never = all ? plan.externals.map(describeExternal) : [];
  return [...shown.map((decision) => describeDecision(decision, names)), ...never, summary];
}

/** A plan for machines. */
export function planAsData(plan: BuildPlan): {
  readonly build: number;
  readonly keep: number;
  readonly packages: readonly BuildDecision[];
} {
  const build = plan.decisions.filter((decision) => decision.build).length;
  return { build, keep: plan.decisions.length - build, packages: plan.decisions };
}

function describeExternal(external: BuildPlan['externals'][number]): string {
  return `never  ${packageTitle(external)}  (${external.reason})`;
}

function describeDecision(decision: BuildDecision, names: ReadonlyMap<string, string>): string {
  const { build, reason, needs } = decision;
  const after = needs.length === 0 ? '' : `, after ${needs.map((need) => names.get(need)).join(', ')}`;
  return `${build ? 'build' : 'keep '}  ${packageTitle(decision)}  (${reason}${after})`;
}
