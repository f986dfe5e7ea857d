import type { BuildDecision, BuildPlan } from '../generate/index.ts';
import type { ChangeReport } from '../protocol/index.ts';
import { changeLines, changeReport } from '../report/index.ts';
import { packageTitle } from '../spack/index.ts';

/** A plan for people: what is built and why; with `all` also what is not, and what never is. */
export function describePlan(plan: BuildPlan, all: boolean): readonly string[] {
  return [...describeDecisions(plan, all), ...changeLines(changeReport({ plan }))];
}

/** A plan with what changed, how long it takes and what it adds. */
export function describePlanned(plan: BuildPlan, change: ChangeReport): readonly string[] {
  const reasons = new Map(change.packages.map(({ hash, reason }) => [hash, reason]));
  const decisions = plan.decisions.map((one) => ({ ...one, reason: reasons.get(one.hash) ?? one.reason }));
  return [...describeDecisions({ ...plan, decisions }, true), ...changeLines(change)];
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

function describeDecisions(plan: BuildPlan, all: boolean): readonly string[] {
  const shown = all ? plan.decisions : plan.decisions.filter(({ build }) => build);
  const names = new Map(plan.decisions.map((decision) => [decision.hash, decision.name]));
  const never = all ? plan.externals.map(describeExternal) : [];
  return [...shown.map((decision) => describeDecision(decision, names)), ...never];
}

function describeExternal(external: BuildPlan['externals'][number]): string {
  return `never  ${packageTitle(external)}  (${external.reason})`;
}

function describeDecision(decision: BuildDecision, names: ReadonlyMap<string, string>): string {
  const { build, reason, needs } = decision;
  const after = needs.length === 0 ? '' : `, after ${needs.map((need) => names.get(need)).join(', ')}`;
  return `${build ? 'build' : 'keep '}  ${packageTitle(decision)}  (${reason}${after})`;
}
