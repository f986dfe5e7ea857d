import { systemWait } from '../../kit/index.ts';
import { unlimited } from '../limits/job-limits.ts';
import { LimitGuard } from '../limits/limit-guard.ts';
import type { JobShell, Script } from './job-shell.ts';
import { scriptText } from './script-text.ts';
import type { Slot } from './slot.ts';

export interface ShellJob {
  readonly slot: Slot;
  /** In the environment of every process of the job. */
  readonly marker: string;
  /** The project folder as the job sees it. */
  readonly project: string;
  /** Whether the line that shows a command is coloured. */
  readonly isColoured: boolean;
}

/** Runs scripts in shells of this machine that the slot's keeper starts: no process is started from here. */
export class KeptShell implements JobShell {
  readonly #job: ShellJob;
  readonly #within: readonly string[];

  /** `within`: words before those of the shell. */
  constructor(job: ShellJob, within: readonly string[] = []) {
    this.#job = job;
    this.#within = within;
  }

  async run({ commands, isShown, environment, onOutput, signal, onUsage }: Script): Promise<number> {
    const { slot, marker, project, isColoured } = this.#job;
    const { shell, script } = slot;
    const begun = slot.environment;
    script.write(scriptText(shell.name, { commands, isShown, isColoured, folder: project, environment, begun }));
    const words = this.#within.length === 0 ? {} : { words: [...this.#within, shell.program, script.path] };
    const run = () => slot.run({ marker, ...words, onOutput, signal });
    if (onUsage === undefined) return run();
    const watched = { name: marker, limits: unlimited, folder: project, group: () => slot.group, wait: systemWait };
    const guard = new LimitGuard(watched, {});
    const before = slot.cpuSeconds;
    const { code } = await guard.run(run);
    onUsage({ ...guard.usage, cpuSeconds: slot.cpuSeconds - before });
    return code;
  }
}
