import type { ChangeReport, FailureReport } from '../../src/protocol/index.ts';
import { changeReport, failureIn, failureReport, type FailedRun } from '../../src/report/index.ts';

/** What a change does that builds packages of these names, which are also reasons and previews. */
export function reportedChange(names: readonly string[]): ChangeReport {
  const decisions = names.map((name, index) => {
    return { name, version: name, hash: String(index), build: true, reason: name, present: false, needs: [], depth: 0 };
  });
  const reasons = names.map((name, index) => {
    const cause = { name, version: name, hash: String(index), changes: [name], path: [name] };
    return { name, version: name, hash: String(index), before: 'b', own: [name], through: [], roots: [cause] };
  });
  const time = { seconds: 1, work: 1, jobs: 1, criticalPath: [...names], unknown: 1 };
  const previews = names.map((name) => ({ reference: name, state: 'published', page: 'images/1' }));
  return changeReport({
    plan: { decisions, externals: [] },
    reasons,
    against: { name: names[0] ?? '' },
    time,
    previews,
  });
}

/** Why jobs of these names failed: by words of logs, reports of tests and messages that are the names again. */
export function reportedFailure(names: readonly string[]): FailureReport {
  const failed = names.map((name, index): FailedRun => {
    const lines = [
      name,
      `error: ${name}`,
      `error: Package \`${name}\` failed in phase \`${name}\` [compile]: ${name}. [SPACK_BUILD_FAILED]`,
      `hint: ${name}`,
    ];
    const log = failureIn(lines.slice(0, 1 + (index % 4)).join('\n'));
    const tests = {
      total: 2,
      failed: 1,
      errored: 0,
      skipped: 0,
      seconds: 1,
      failures: [{ suite: name, name, message: name }],
    };
    const built = index % 2 === 0 ? { name, version: name, hash: 'h' } : undefined;
    return {
      id: String(index),
      pipeline: '1',
      name,
      attempt: 1,
      allowFailure: false,
      log,
      package: built,
      message: name,
      tests: index % 3 === 0 ? tests : undefined,
    };
  });
  return failureReport({ id: '1', status: 'failed', failed, skipped: 3, reproduce: (id) => `slipway reproduce ${id}` });
}
