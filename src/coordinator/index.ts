/**
 * The coordinator: takes a change from the forge's event to the published image. It decides how far the change is
 * trusted, creates its pipeline, records the lock, has entries signed, reports statuses, and publishes what was tested.
 * It counts what has ended, for trends, and answers what differs between two commits or images.
 * It declares the ports that it needs (ledgers, archive reader); it knows no wire protocol and no SQL.
 */
export { endStuckJobs } from './actions/end-stuck-jobs.ts';
export { JobReaper } from './actions/job-reaper.ts';
export { actOnJob, actOnPipeline, type JobAction, type PipelineAction } from './actions/user-actions.ts';
export { archiveOf, artifactPath } from './artifacts/artifact-files.ts';
export { dotenvVariables } from './artifacts/dotenv-report.ts';
export { expiryOf, sweepArtifacts } from './artifacts/expired-artifacts.ts';
export { recordJunit } from './artifacts/junit-record.ts';
export { mayReadShared } from './artifacts/shared-artifacts.ts';
export { readTests } from './artifacts/stored-tests.ts';
export { defaultBranchProblem } from './changes/default-branch.ts';
export { HeldForks } from './changes/held-forks.ts';
export { approveRequest, pollStack, workInbox } from './changes/intake.ts';
export { requestPlan } from './changes/request-plan.ts';
export { beginRequested, checkVariables } from './changes/requested-pipeline.ts';
export { Schedules } from './changes/schedules.ts';
export { stackOfProject } from './changes/stack-of-project.ts';
export { readStackPolicy } from './changes/stack-policy.ts';
export { startDownstream } from './changes/start-downstream.ts';
export { isProtectedBranch, trustOfRequest } from './changes/trust.ts';
export type { CommentLedger, DueComment } from './comments/comment-ledger.ts';
export { compareLocks } from './compare/compare-locks.ts';
export { signingKeys, type KeyProtectionSource, type KeySource } from './configuration/key-configuration.ts';
export { mirrorAccess, type MirrorConfiguration } from './configuration/mirror-configuration.ts';
export { NetworkConfiguration, type NetworkHost } from './configuration/network-configuration.ts';
export { DestinationConfiguration, type SmtpConfiguration } from './configuration/notification-configuration.ts';
export { readServerConfiguration } from './configuration/read-server-configuration.ts';
export { RunnerConfiguration } from './configuration/runner-configuration.ts';
export { s3Variables, withoutS3Variables, type S3Variables } from './configuration/s3-variables.ts';
export { ServerConfiguration, TlsFiles } from './configuration/server-configuration.ts';
export {
  loadServerSettings,
  notaryFolder,
  revealSecret,
  settingsOf,
  type ServerFlags,
  type ServerSettings,
} from './configuration/server-settings.ts';
export {
  acceptedIdentities,
  imageSigning,
  remoteOf,
  type StackConfiguration,
} from './configuration/stack-configuration.ts';
export { Fleet, type NewRunner } from './fleet/fleet.ts';
export type { ConfiguredTraits } from './fleet/known-runners.ts';
export type { RegistrationToken, RunnerLedger, RunnerRecord, RunnerTokens } from './fleet/runner-ledger.ts';
export { RunnerRegistry, type KnownRunner, type MachineInfo } from './fleet/runner-registry.ts';
export type { RunnerTraits } from './fleet/runner-traits.ts';
export { exchangeIdentity, type ExchangedIdentity } from './identities/exchange-identity.ts';
export { externalCredentials } from './identities/external-credentials.ts';
export { finishExternal } from './identities/finish-external.ts';
export type { ExternalPipeline, IdentityLedger } from './identities/identity-ledger.ts';
export type { Publication, PublicationLedger } from './images/publication-ledger.ts';
export { rebaseImages, type RebaseOutcome } from './images/rebase/rebase-images.ts';
export { retryPublication, retryPublications } from './images/retry-publications.ts';
export { attemptOf } from './jobs/attempt-of.ts';
export { createIdTokenIssuer } from './jobs/id-tokens.ts';
export { describeReproduction, type Reproduction } from './jobs/reproduction.ts';
export { repositoryUrl } from './jobs/stack-sources.ts';
export { createTokens, type Tokens } from './jobs/tokens.ts';
export { withLockArtifact } from './locks/generator-artifacts.ts';
export { baseLocks, lockCandidates, testersOf } from './locks/lock-candidates.ts';
export { recordLock } from './locks/lock-record.ts';
export { acceptManifest } from './mirror/accept-entry.ts';
export { builtHash, mirrorCredentials, mirrorRootOf, type MirrorGrant } from './mirror/mirror-access.ts';
export { V2Mirror } from './mirror/v2-mirror.ts';
export type { Promotion, PromotionLedger, RequestPackage } from './promotion/promotion-ledger.ts';
export { summarizePromotions } from './promotion/summarize-promotions.ts';
export { Drain } from './queue/drain.ts';
export { assignJob } from './queue/job-assignment.ts';
export type { ReadyQueue } from './queue/ready-queue.ts';
export { waitKinds, waitingJobs, type WaitingJob } from './queue/waiting-jobs.ts';
export { block, unblock } from './quotas/block-actions.ts';
export { Blocks } from './quotas/blocks.ts';
export type { QuotaOwner } from './quotas/quota-owner.ts';
export { Quotas } from './quotas/quotas.ts';
export { changeOfPipeline } from './report/pipeline-change.ts';
export { failureOfPipeline, failureOfRun } from './report/pipeline-failure.ts';
export { timelineOfPipeline } from './report/pipeline-timeline.ts';
export { rootJobs } from './report/root-jobs.ts';
export type { CommandLedger, CommandRecord } from './requests/command-ledger.ts';
export { giveCommand } from './requests/give-command.ts';
export { packageName } from './requests/parse-command.ts';
export type { RequestLedger, RequestRecord } from './requests/request-ledger.ts';
export { requestTier } from './requests/request-tier.ts';
export { workCommands } from './requests/work-commands.ts';
export { builtUsage } from './resources/built-usage.ts';
export { madeBy, type PackageHistory, type PhaseHistory } from './resources/package-history.ts';
export { recordUsage } from './resources/record-usage.ts';
export { sharesRepository } from './status/posted-context.ts';
export type { StatusLedger, StatusRecord, UnpostedStatus } from './status/status-ledger.ts';
export { describePipeline, rootOf } from './status/status-report.ts';
export type { EndedPipeline, FailureCount, JobCount, PipelineCount, TrendLedger } from './trends/trend-ledger.ts';
export type { CoordinatorContext, SigningIdentity, Stack, StackMirror } from './context.ts';
export { Coordinator } from './coordinator.ts';
export { dataFolder, type DataFolder } from './data-folder.ts';
export { coordinatorError } from './errors.ts';
export type { Delivery, ForgeLedger } from './forge-ledger.ts';
export type { ArtifactRecord, PipelineFilter, PipelineLedger } from './pipeline-ledger.ts';
export { projectNamespace } from './project-namespace.ts';
export { recover } from './recovery.ts';
