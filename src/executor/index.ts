/**
 * The job executor: runs one job from its sources to its artifacts, for the embedded runner (which takes jobs from a
 * server by GitLab's runner API), for `slipway run`, for `slipway reproduce` and for hooks that build images. It knows
 * nothing of pipelines, packages or mirrors.
 */
export type { Elsewhere, ElsewhereJob } from './elsewhere.ts';
export { executableArch } from './executable-arch.ts';
export { extractArchive } from './artifacts/extract-archive.ts';
export { Jobserver } from './jobserver/jobserver.ts';
export { fileJournal, type Journal } from './processes/journal.ts';
export type { ConnectedJob, JobNetwork } from './network/job-network.ts';
export { networkNamespace } from './network/network-namespace.ts';
export { reapLeftovers } from './processes/reap-leftovers.ts';
export { runnerError } from './errors.ts';
export { Runner, type RunnerOptions } from './runner.ts';
export { verifyRunner } from './exchange/verify-runner.ts';
export { writeLauncher } from './launcher.ts';
export { namedPrograms } from './sandbox/named-programs.ts';
export { timeoutOf } from './job-environment.ts';
export { explain, JobFailure, type JobOutcome } from './job-outcome.ts';
export { LocalRunner } from './local-runner.ts';
export type { LocalContainers, LocalSandbox } from './local-shell.ts';
export { forkObstacle } from './containers/runner-containers.ts';
export { findRuntime, type ContainerRuntime, type FoundRuntime } from './containers/runtime.ts';
export type { ProgramFolders } from './sandbox/program-folders.ts';
export { GroupReadings } from './limits/group-readings.ts';
export { defaultLimits } from './limits/limit-guard.ts';
export {
  findMechanism,
  findSandbox,
  sandboxAvailable,
  tryMechanism,
  type FoundSandbox,
} from './sandbox/find-sandbox.ts';
export type { PrepareSandbox, SandboxMode, SandboxSettings } from './sandbox/sandbox.ts';
export { imageCommand } from './sandbox/sandbox-command.ts';
export type { Mechanism } from './sandbox/mechanism.ts';
export { syscallFilterIn } from './sandbox/syscall-filter.ts';
export type { JobShell, Script, ScriptUsage } from './shells/job-shell.ts';
export { scriptText } from './shells/script-text.ts';
export { quoteForShell } from './shells/shell.ts';
export { shellWarnings } from './shell-warnings.ts';
