import * as z from 'zod';
import { messageOf } from '../kit/index.ts';
import { identityError } from './errors.ts';
import type { IdentityProvider } from './provider.ts';

/** What an ID token states about the job that it was made for, in the terms of no particular CI system. */
export interface JobClaims {
  /** `group/project`, `owner/repository`. */
  readonly project: string;
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  /** Id of the pipeline; of a workflow's run with its attempt. */
  readonly pipeline: string;
  /** Account that started the job. */
  readonly actor: string | undefined;
  /** Whether the forge states that it protects the ref; undefined if it states nothing. */
  readonly isRefProtected: boolean | undefined;
  /** Whether the event is one that runs the code of the ref itself: neither a pull request nor an event beside it. */
  readonly isOfRef: boolean;
  /** Whether the pipeline is the child of another one, which the claims do not name. */
  readonly isChild: boolean;
  readonly environment: string | undefined;
  /** Path of the file that defines the job. */
  readonly workflow: string | undefined;
}

const Text = z.string().min(1).max(1024);
const Sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
/** Both forges write numbers and truth values as text; GitLab writes no text at all for some refs. */
const Id = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()]).transform(String);
const Flag = z.union([z.string(), z.boolean()]).transform((value) => String(value) === 'true');
const Optional = z
  .string()
  .max(1024)
  .nullish()
  .transform((value) => value ?? undefined);

/** https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload */
const GitlabClaims = z
  .object({
    project_path: Text,
    ref: Text,
    ref_type: z.enum(['branch', 'tag']),
    ref_path: Text.startsWith('refs/').nullish(),
    ref_protected: Flag,
    sha: Sha,
    pipeline_id: Id,
    pipeline_source: Optional,
    user_login: Optional,
    environment: Optional,
    ci_config_ref_uri: Optional,
  })
  .transform((claims): JobClaims => ({
    project: claims.project_path,
    ref: claims.ref_path ?? `refs/${claims.ref_type === 'tag' ? 'tags' : 'heads'}/${claims.ref}`,
    sha: claims.sha,
    pipeline: claims.pipeline_id,
    actor: claims.user_login,
    isRefProtected: claims.ref_protected,
    isOfRef: !GITLAB_REQUEST.has(claims.pipeline_source ?? ''),
    isChild: claims.pipeline_source === 'parent_pipeline',
    environment: claims.environment,
    workflow: /\/\/(.+)@/.exec(claims.ci_config_ref_uri ?? '')?.[1],
  }));
const GITLAB_REQUEST = new Set(['merge_request_event', 'external_pull_request_event']);

/** https://docs.github.com/actions/reference/security/oidc#oidc-token-claims */
const GithubClaims = z
  .object({
    repository: Text,
    ref: Text.startsWith('refs/'),
    ref_protected: Flag.optional(),
    sha: Sha,
    run_id: Id,
    run_attempt: Id,
    event_name: Text,
    actor: Optional,
    environment: Optional,
    workflow_ref: Optional,
  })
  .transform((claims): JobClaims => ({
    project: claims.repository,
    ref: claims.ref,
    sha: claims.sha,
    pipeline: `${claims.run_id}.${claims.run_attempt}`,
    actor: claims.actor,
    isRefProtected: claims.ref_protected,
    isOfRef: GITHUB_REF.has(claims.event_name),
    isChild: false,
    environment: claims.environment,
    workflow: claims.workflow_ref?.slice(claims.repository.length + 1).replace(/@.*$/, ''),
  }));
/**
 * Others, such as `pull_request_target`, `workflow_run` and `issue_comment`, name the default branch while another
 * person decides what the job handles.
 */
const GITHUB_REF = new Set(['push', 'workflow_dispatch', 'schedule', 'release']);

/** Reads the claims of a verified token. Throws IDENTITY_TOKEN_INVALID if they are not those of a job. */
export function readJobClaims(kind: IdentityProvider['kind'], payload: unknown): JobClaims {
  const { data, error } = (kind === 'github' ? GithubClaims : GitlabClaims).safeParse(payload);
  if (data !== undefined) return data;
  throw identityError('IDENTITY_TOKEN_INVALID', { reason: `it has not the claims of a job: ${messageOf(error)}` });
}
