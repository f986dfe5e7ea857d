/**
 * The embedded runner: takes one job after the other from the server by GitLab's runner API, runs it in a shell in a
 * folder and a session of its own, streams its log, and hands artifacts on. It knows nothing of pipelines, packages
 * or mirrors, and reaches the server through one function from Request to Response, in process or over HTTP.
 */
export type { Fetch } from './exchange/api-client.ts';
export { runnerError } from './errors.ts';
export { executableArch } from './executable-arch.ts';
export { extractArchive } from './artifacts/extract-archive.ts';
export { makeJobEnvironment } from './job-environment.ts';
export { fileJournal } from './processes/journal.ts';
export type { Journal, JournalEntry } from './processes/journal.ts';
export { reapLeftovers } from './processes/reap-leftovers.ts';
export { Runner } from './runner.ts';
export type { RunnerOptions } from './runner.ts';
export { writeLauncher } from './launcher.ts';
export { namedPrograms } from './sandbox/named-programs.ts';
export type { ProgramFolders } from './sandbox/program-folders.ts';
export { sandboxAvailable } from './sandbox/sandbox.ts';
export type { PrepareSandbox, PreparedSandbox, SandboxMode, SandboxSettings } from './sandbox/sandbox.ts';
export { scriptText } from './stages/script-text.ts';
export { findShell, quoteForShell } from './shells/shell.ts';
export type { LocalArtifacts, LocalJob, LocalOutcome, LocalVariable } from './local/local-job.ts';
export { LocalRunner } from './local/local-runner.ts';
export type { LocalRunnerOptions } from './local/local-runner.ts';
export { systemTimer } from './local/timer.ts';
export type { Timer } from './local/timer.ts';
