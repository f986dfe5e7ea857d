/**
 * The forge: where changes come from and where statuses go. It reports what happened at a remote (branches, pull
 * requests, tags), keeps a bare copy of it, and makes the merge that a pull request's pipeline tests. A kind of forge
 * is one folder here and one line in `forge-kinds.ts`; nothing elsewhere depends on the kind. The forge does not decide
 * what to run or whom to trust, and never runs anything from the repository.
 */
export { forgeError } from './errors.ts';
export type { CommitStatus, StatusAnnotation, StatusDetail, StatusOutcome, StatusState } from './commit-status.ts';
export type { Actor, CheckClick, ForgeEvent, PullRequest, Push } from './forge-event.ts';
export type { CommitInfo, Forge, ForgeComment, ForgeFile } from './forge.ts';
export type { Webhook, WebhookDelivery } from './webhook.ts';
export type { MergeGroup } from './merge-group.ts';
export type { StatusForge } from './forge-kind.ts';
export { gitForge } from './git/git-forge.ts';
export { forgeRepository, forgeSectionNames, forgeSections, forgeSectionsIn, statusForges } from './forge-kinds.ts';
export { publicApiUrl } from './github/addresses.ts';
export { connectGithub, type GithubConnection } from './github/app/connect-github.ts';
export type { CreatedApp } from './github/app/convert-manifest.ts';
export { gitCommand } from './git/git-command.ts';
export { mergeForTest } from './git/merge-for-test.ts';
export { installHook, removeHook, type HookOutcome } from './git/hook.ts';
export type { HookServer } from './git/hook-script.ts';
export { notifyCommand } from './git/notify-command.ts';
export { notifyServer, type NotifyOptions } from './git/notify-server.ts';
export { pushedRefs } from './git/pushed-refs.ts';
export { uploadPack } from './git/upload-pack.ts';
