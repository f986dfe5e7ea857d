import { execFileSync } from 'node:child_process';
import { findPart } from './part.ts';

/** An unmodified gitlab-runner. */
export interface GitlabRunner {
  readonly version: string;
  readonly program: string;
  /** The program of its image for sources and artifacts; undefined where it is missing. */
  readonly helper: string | undefined;
}

const FIRST = 'gitlab-runner';

/**
 * The gitlab-runners to drive: the one that `findPart` finds, and those that further variables name, as
 * `SLIPWAY_TEST_GITLAB_RUNNER_18` does. `SLIPWAY_TEST_GITLAB_RUNNER_HELPER_18` is the helper of the same version.
 */
export function findGitlabRunners(environment = process.env): readonly GitlabRunner[] {
  const further = Object.keys(environment).flatMap(
    (name) => /^SLIPWAY_TEST_GITLAB_RUNNER(_\d+)$/.exec(name)?.[1] ?? [],
  );
  return ['', ...further.toSorted()].flatMap((suffix) => {
    const program = findPart(FIRST + suffix, environment);
    if (program === undefined) return [];
    const printed = execFileSync(program, ['--version'], { encoding: 'utf8' });
    const version = /^Version:\s+(\S+)/m.exec(printed)?.[1] ?? '';
    return [{ version, program, helper: findPart(`${FIRST}-helper${suffix}`, environment) }];
  });
}
