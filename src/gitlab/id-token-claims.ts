type Lookup = (name: string) => string | undefined;

interface IdTokenSetting {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds until the token expires: the longest time that the job may run. */
  readonly lifetime: number;
  /** Unique. */
  readonly id: string;
  /** `branch` or `tag`. */
  readonly refType: string;
  /** If it does not follow from the other two. */
  readonly refPath?: string;
}

/**
 * Returns the claims of an identity token, as GitLab names them
 * (https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload); `lookup` returns the job's predefined
 * variables.
 */
export function idTokenClaims(lookup: Lookup, setting: IdTokenSetting): Readonly<Record<string, unknown>> {
  const { issuer, audience, now, lifetime, id, refType, refPath } = setting;
  const of = (name: string) => lookup(name) ?? '';
  const [project, ref] = [of('CI_PROJECT_PATH'), of('CI_COMMIT_REF_NAME')];
  const runner = lookup('CI_RUNNER_ID');
  const path = refPath ?? `refs/${refType === 'tag' ? 'tags' : 'heads'}/${ref}`;
  return {
    iss: issuer,
    sub: `project_path:${project}:ref_type:${refType}:ref:${ref}`,
    aud: audience.length === 1 ? audience[0] : audience,
    iat: now,
    nbf: now - 5,
    exp: now + lifetime,
    jti: id,
    namespace_id: '1',
    namespace_path: project.split('/').slice(0, -1).join('/'),
    project_id: of('CI_PROJECT_ID'),
    project_path: project,
    project_visibility: of('CI_PROJECT_VISIBILITY'),
    user_id: of('GITLAB_USER_ID'),
    user_login: of('GITLAB_USER_LOGIN'),
    user_email: of('GITLAB_USER_EMAIL'),
    pipeline_id: of('CI_PIPELINE_ID'),
    pipeline_source: of('CI_PIPELINE_SOURCE'),
    job_id: of('CI_JOB_ID'),
    ref,
    ref_type: refType,
    ref_path: path,
    ref_protected: String(of('CI_COMMIT_REF_PROTECTED') === 'true'),
    runner_id: runner && Number(runner),
    runner_environment: 'self-hosted',
    sha: of('CI_COMMIT_SHA'),
    ci_config_ref_uri: `${of('CI_SERVER_FQDN')}/${project}//${of('CI_CONFIG_PATH')}@${path}`,
    ci_config_sha: of('CI_COMMIT_SHA'),
    environment: lookup('CI_ENVIRONMENT_NAME'),
  };
}
