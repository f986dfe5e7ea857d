import type { JobShell, Script } from '../../src/executor/shells/job-shell.ts';

/**
 * A shell without a machine: calls a function for each script. An exit status that it does not return is 0, and 1 if it
 * throws.
 */
export function dummyShell(run: (script: Script) => number | void | Promise<number | void>): JobShell {
  return {
    async run(script) {
      try {
        return (await run(script)) ?? 0;
      } catch {
        return 1;
      }
    },
  };
}
