/** A variable that Slipway reads. */
export interface Variable {
  readonly name: string;
  /** A noun phrase, or a sentence without its full stop. */
  readonly meaning: string;
  /** What applies if the variable is not set. */
  readonly without?: string;
}

export interface VariableGroup {
  readonly title: string;
  readonly purpose: string;
  readonly variables: readonly Variable[];
}

/** Every variable that the sources read. `npm run generate` refuses one that is missing here. */
export const variableGroups: readonly VariableGroup[] = [
  {
    title: 'Commands and the server',
    purpose:
      'An empty value counts as not set, unless the table says otherwise. For the configuration of the server, flags ' +
      'take precedence over variables, and variables over `slipway.server.yaml`.',
    variables: [
      { name: 'SLIPWAY_CONFIG', meaning: 'Configuration file of the server', without: '`slipway.server.yaml`' },
      { name: 'SLIPWAY_DATA', meaning: 'Data folder of the server', without: '`slipway-data`' },
      { name: 'SLIPWAY_LISTEN', meaning: 'Address and port of the server', without: '`127.0.0.1:8080`' },
      { name: 'SLIPWAY_BASE_URL', meaning: 'URL by which others reach the server', without: 'the address in `listen`' },
      { name: 'SLIPWAY_USERS', meaning: '`none` starts everything as root where root starts the server' },
      {
        name: 'SLIPWAY_URL',
        meaning: 'Server that commands use',
        without: 'that of `slipway.server.yaml`, else of `slipway login`',
      },
      { name: 'SLIPWAY_TOKEN', meaning: 'Access token that commands send', without: 'that of `slipway login`' },
      { name: 'SLIPWAY_RUNNER_TOKEN', meaning: 'Token of the runner that `slipway runner run` starts' },
      {
        name: 'SLIPWAY_COMPLETION_WORDS',
        meaning: 'Words that a shell completes; the scripts of `slipway completion` set it',
      },
      { name: 'SLIPWAY_IMAGE_KEY', meaning: 'Public key for `slipway image verify`, as text' },
      { name: 'SLIPWAY_DEBUG', meaning: 'Any value means `--verbose`: details, and stack traces of errors' },
      { name: 'SLIPWAY_CACHE', meaning: 'Folder of caches', without: '`$XDG_CACHE_HOME/slipway`, `~/.cache/slipway`' },
      { name: 'SLIPWAY_BUILDER', meaning: '`recipes` or `spack`', without: '`recipes` for a stack with `recipes/`' },
      { name: 'SPACK_SIGNING_KEY', meaning: 'Secret key of the notary, if `signingKey` is not configured; armored' },
      { name: 'COSIGN_PASSWORD', meaning: 'Passphrase of a cosign key that is read or written', without: 'empty' },
      {
        name: 'CREDENTIALS_DIRECTORY',
        meaning: 'Folder of systemd with the credentials that `{ credential: … }` names',
      },
      { name: 'LISTEN_FDS', meaning: 'Set by systemd: the number of sockets that it passes' },
      { name: 'LISTEN_PID', meaning: 'Set by systemd: the process that the sockets are for' },
      { name: 'https_proxy', meaning: 'Proxy for hosts that jobs reach, if `network.proxy` is not configured' },
      { name: 'HTTPS_PROXY', meaning: 'The same, if `https_proxy` is not set' },
      { name: 'CI', meaning: 'Any value: no progress and no colors' },
      { name: 'NO_COLOR', meaning: 'Any value: no colors' },
      { name: 'CLICOLOR', meaning: '`0`: no colors' },
      { name: 'CLICOLOR_FORCE', meaning: 'Any value but `0`: colors without a terminal too, unless `NO_COLOR` is set' },
      { name: 'TERM', meaning: '`dumb`: no progress and no colors; `linux`: ASCII marks' },
      { name: 'LANG', meaning: 'Locale; without UTF-8, messages on a terminal have ASCII marks', without: '`C`' },
      { name: 'LC_CTYPE', meaning: 'The same, before `LANG`' },
      { name: 'LC_ALL', meaning: 'The same, before `LC_CTYPE`' },
      { name: 'PATH', meaning: 'Folders of git, Spack, compilers and other programs; jobs see them' },
      { name: 'HOME', meaning: 'Folder of the user, for caches and credentials' },
      { name: 'USER', meaning: 'Name of the user, for `$user` in paths of Spack' },
      { name: 'TMPDIR', meaning: 'Folder for temporary files', without: '`/tmp`' },
      { name: 'XDG_CACHE_HOME', meaning: 'Folder that holds `slipway`, the folder of caches', without: '`~/.cache`' },
      {
        name: 'UV_THREADPOOL_SIZE',
        meaning: 'Threads of Node.js for files and compression',
        without: 'the number of cores, at least 4',
      },
    ],
  },
  {
    title: 'Mirrors in S3',
    purpose:
      'The same variables as those of Amazon’s tools, for `s3://` URLs. The configuration of a mirror takes precedence. ' +
      'Keys are used only as a pair.',
    variables: [
      { name: 'AWS_ACCESS_KEY_ID', meaning: 'Access key' },
      { name: 'AWS_SECRET_ACCESS_KEY', meaning: 'Its secret' },
      { name: 'AWS_SESSION_TOKEN', meaning: 'Its session token, for keys that expire' },
      { name: 'AWS_PROFILE', meaning: 'Profile to use if there is no key', without: '`default`' },
      { name: 'AWS_DEFAULT_PROFILE', meaning: 'The same, if `AWS_PROFILE` is not set' },
      { name: 'AWS_SHARED_CREDENTIALS_FILE', meaning: 'File of profiles with keys', without: '`~/.aws/credentials`' },
      { name: 'AWS_CONFIG_FILE', meaning: 'File of profiles with settings', without: '`~/.aws/config`' },
      { name: 'AWS_REGION', meaning: 'Region', without: '`us-east-1`' },
      { name: 'AWS_DEFAULT_REGION', meaning: 'The same, if `AWS_REGION` is not set' },
      { name: 'S3_ENDPOINT_URL', meaning: 'Service, if it is not Amazon’s', without: 'Amazon’s of the region' },
      { name: 'S3_ENDPOIT_URL', meaning: 'The same, as older pipelines misspell it; with a warning' },
      { name: 'AWS_ENDPOINT_URL_S3', meaning: 'The same, if neither is set' },
      { name: 'AWS_ENDPOINT_URL', meaning: 'The same, if none of these is set' },
      { name: 'SLIPWAY_S3_ADDRESSING', meaning: '`virtual` puts the bucket into the host name', without: '`path`' },
      { name: 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', meaning: 'Path of the credentials of a container (ECS)' },
      { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', meaning: 'URL of the credentials of a container (EKS)' },
      { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN', meaning: 'Token for that URL' },
      { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', meaning: 'File with the token for that URL' },
      { name: 'AWS_EC2_METADATA_DISABLED', meaning: '`true`: do not ask for the role of the machine' },
      {
        name: 'AWS_EC2_METADATA_SERVICE_ENDPOINT',
        meaning: 'Address of the service for the role of the machine',
        without: '`http://169.254.169.254`',
      },
      {
        name: 'AWS_METADATA_SERVICE_TIMEOUT',
        meaning: 'Seconds that this service may take',
        without: '1',
      },
    ],
  },
  {
    title: 'Registries',
    purpose: 'Credentials for registries of images and for mirrors at `oci://`. They are looked for in this order.',
    variables: [
      { name: 'SLIPWAY_REGISTRY_USERNAME', meaning: 'Name of the account' },
      { name: 'SLIPWAY_REGISTRY_PASSWORD', meaning: 'Its password or token' },
      { name: 'REGISTRY_AUTH_FILE', meaning: 'File that `podman login` and `skopeo login` write' },
      { name: 'XDG_RUNTIME_DIR', meaning: 'Folder that holds `containers/auth.json`' },
      {
        name: 'XDG_CONFIG_HOME',
        meaning: 'Folder that holds `containers/auth.json`, and `slipway/servers.json` of `slipway login`',
        without: '`~/.config`',
      },
      { name: 'DOCKER_CONFIG', meaning: 'Folder that holds `config.json` of Docker', without: '`~/.docker`' },
    ],
  },
  {
    title: 'Custom executor of gitlab-runner',
    purpose:
      'What gitlab-runner sets for `slipway slurm` ([guide](../guides/slurm.md)). The variables of the job are there too, with ' +
      '`CUSTOM_ENV_` before their names.',
    variables: [
      { name: 'JOB_RESPONSE_FILE', meaning: 'File with the job as the server described it' },
      { name: 'BUILD_EXIT_CODE_FILE', meaning: 'File for the exit status of the job’s script' },
      { name: 'BUILD_FAILURE_EXIT_CODE', meaning: 'Exit status for a job that fails', without: '1' },
      { name: 'SYSTEM_FAILURE_EXIT_CODE', meaning: 'Exit status where something else fails', without: '2' },
      { name: 'CI_JOB_SIZE', meaning: 'Name in `sizes` of the settings', without: 'a tag of the runner' },
      {
        name: 'SLIPWAY_EXPECTED_CPUS',
        meaning: 'CPUs that earlier builds of the package kept busy; set by the server',
      },
      { name: 'SLIPWAY_EXPECTED_MEMORY', meaning: 'Mebibytes that earlier runs needed; set by the server' },
      { name: 'CI_RUNNER_TAGS', meaning: 'Tags of the runner' },
      { name: 'CI_JOB_IMAGE', meaning: 'Image of the job, which is not used' },
      { name: 'CI_JOB_SERVICES', meaning: 'Services of the job, which are not started' },
    ],
  },
  {
    title: 'Spack',
    purpose: 'Which Spack is used, and how it is configured ([guide](../guides/spack.md#which-spack)).',
    variables: [
      { name: 'SPACK_ROOT', meaning: 'Folder of the Spack to use', without: '`spack` on `PATH`' },
      { name: 'SPACK_REPO', meaning: 'Repository that Spack is cloned from, instead of both' },
      { name: 'SPACK_REF', meaning: 'Branch, tag or commit of that repository', without: '`HEAD`' },
      { name: 'SPACK_PYTHON', meaning: 'Python that runs Spack', without: '`python3` on `PATH`' },
      { name: 'SPACK_USER_CONFIG_PATH', meaning: 'Scope of the user', without: 'one of Slipway’s own' },
      { name: 'SPACK_SYSTEM_CONFIG_PATH', meaning: 'Scope of the site', without: '`/etc/spack`' },
      { name: 'SPACK_USER_CACHE_PATH', meaning: 'Caches of the user', without: 'a folder of Slipway’s own' },
      { name: 'SPACK_DISABLE_LOCAL_CONFIG', meaning: 'Any value: ignore the scopes of user and site' },
    ],
  },
  {
    title: 'Pipelines of Spack',
    purpose:
      '`slipway generate` and `slipway rebuild` read the variables of `spack ci generate` and `spack ci rebuild`.',
    variables: [
      { name: 'SPACK_PRUNE_UP_TO_DATE', meaning: '`False`: jobs for packages of the mirror, too', without: '`True`' },
      { name: 'SPACK_PRUNE_UNTOUCHED', meaning: '`True`: no jobs for packages that a change does not affect' },
      {
        name: 'SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH',
        meaning: 'How many levels of dependents count as affected',
        without: 'all',
      },
      { name: 'SPACK_PIPELINE_TYPE', meaning: 'Kind of the pipeline, for example `spack_protected_branch`' },
      { name: 'SPACK_CI_STACK_NAME', meaning: 'Name of the stack, in names of files and in reports' },
      { name: 'SPACK_CI_SKIP_DYNAMIC_MAPPING', meaning: 'Any value: ignore rules of `dynamic-mapping`' },
      { name: 'SPACK_COPY_BUILDCACHE', meaning: 'Mirror that packages are copied to afterwards' },
      { name: 'SPACK_REQUIRE_SIGNING', meaning: '`True`: do not push without a signature', without: '`False`' },
      { name: 'SPACK_REBUILD_EVERYTHING', meaning: '`True`: build what the mirror has', without: '`False`' },
      { name: 'SPACK_ARTIFACTS_ROOT', meaning: 'Folder of artifacts', without: '`jobs_scratch_dir`' },
      { name: 'SPACK_CONCRETE_ENV_DIR', meaning: 'Folder with `spack.yaml` and `spack.lock`' },
      { name: 'SPACK_JOB_LOG_DIR', meaning: 'Folder of logs' },
      { name: 'SPACK_JOB_TEST_DIR', meaning: 'Folder of results of tests' },
      { name: 'SPACK_JOB_REPRO_DIR', meaning: 'Folder of files to reproduce the job' },
      { name: 'SPACK_JOB_SPEC_DAG_HASH', meaning: 'Hash of the package that a job builds' },
      { name: 'SPACK_JOB_SPEC_PKG_NAME', meaning: 'Name of that package' },
      { name: 'SPACK_JOB_SPEC_PKG_VERSION', meaning: 'Version of that package' },
      {
        name: 'KUBERNETES_MEMORY_REQUEST',
        meaning: 'Memory that a job needs, as `4Gi` ([guide](../operations/runners.md#memory-and-cores))',
        without: 'what the package needed before',
      },
      { name: 'KUBERNETES_CPU_REQUEST', meaning: 'Cores that a job needs, as `2` or `500m`' },
      { name: 'SPACK_CDASH_AUTH_TOKEN', meaning: 'Token for CDash' },
      { name: 'CDASH_AUTH_TOKEN', meaning: 'The same, if `SPACK_CDASH_AUTH_TOKEN` is not set' },
      { name: 'SPACK_CDASH_BUILD_NAME', meaning: 'Name of the build on CDash', without: 'package and hash' },
      { name: 'SPACK_CDASH_BUILD_STAMP', meaning: 'Stamp of the build on CDash', without: 'time and group' },
      { name: 'SLIPWAY_CDASH_API', meaning: '`related` or `plain`', without: 'as the stack’s schema has it' },
      { name: 'SLIPWAY_CDASH_PATIENCE', meaning: 'Seconds that a job waits for CDash', without: '60' },
      {
        name: 'SLIPWAY_JOBS',
        meaning: 'Parallel jobs of a build',
        without: 'what the jobserver of the runner allows, otherwise the number of cores',
      },
      { name: 'SLIPWAY_JOBSERVER', meaning: 'Named pipe of the jobserver of the embedded runner' },
      { name: 'DOWNSTREAM_CI_REPO', meaning: 'Repository that the generated pipeline is pushed to' },
    ],
  },
  {
    title: 'Set in jobs by Slipway',
    purpose: 'The server sets them for every job; `slipway run` and `slipway reproduce` set those that apply.',
    variables: [
      { name: 'SLIPWAY_MIRROR', meaning: 'Mirror that the job pushes to; for commands, the mirror to compare with' },
      { name: 'SLIPWAY_MIRROR_SOURCE', meaning: 'Protected mirror of the stack, which a pull request also reads' },
      { name: 'SLIPWAY_TRUSTED_KEYS', meaning: 'Public keys of signers: a file, or the keys themselves' },
      { name: 'SLIPWAY_TRUST', meaning: '[Trust level](../security.md) of the pipeline' },
      { name: 'SLIPWAY_TESTED_LOCKS', meaning: 'URL of locks that were tested for the same tree' },
      { name: 'SLIPWAY_ENVIRONMENT', meaning: 'Folder of the environment in the repository' },
      { name: 'SLIPWAY_REBUILD', meaning: 'Names of packages that are built although the mirror has them' },
      { name: 'SLIPWAY_SECRET_VARIABLES', meaning: 'Names of the variables that are secrets' },
      { name: 'SLIPWAY_SPACK_CACHES', meaning: 'Folder of prepared caches of Spack' },
      { name: 'SLIPWAY_REPRODUCTION', meaning: '`true` in `slipway reproduce`' },
      { name: 'SLIPWAY_VERSION', meaning: 'Version of Slipway' },
      { name: 'SLIPWAY_JOB_MARKER', meaning: 'Marks the processes of a job, so that all of them can be ended' },
      { name: 'SLIPWAY_LOCK', meaning: 'For jobs of other CI systems: digest of the lock' },
      { name: 'SLIPWAY_PIPELINE', meaning: 'For jobs of other CI systems: id of the pipeline' },
      { name: 'SLIPWAY_PIPELINE_TOKEN', meaning: 'For jobs of other CI systems: token of the pipeline' },
      { name: 'SLIPWAY_EXPIRES_AT', meaning: 'For jobs of other CI systems: when their credentials expire' },
    ],
  },
  {
    title: 'GitLab’s, read by Slipway',
    purpose:
      'Jobs have [GitLab’s predefined variables](https://docs.gitlab.com/ci/variables/predefined_variables/). ' +
      'Commands, runner and server read these.',
    variables: [
      { name: 'CI_COMMIT_BRANCH', meaning: 'Branch of the commit' },
      { name: 'CI_COMMIT_REF_NAME', meaning: 'Branch or tag of the commit', without: '`main`' },
      { name: 'CI_COMMIT_SHA', meaning: 'Commit, also for `slipway status post`' },
      { name: 'CI_COMMIT_TAG', meaning: 'Tag of the commit' },
      { name: 'CI_ENVIRONMENT_NAME', meaning: 'Environment of a deployment' },
      { name: 'CI_JOB_NAME', meaning: 'Name of the job' },
      { name: 'CI_JOB_TOKEN', meaning: 'Token of the job' },
      { name: 'CI_JOB_URL', meaning: 'Link to the job, also for `slipway status post`' },
      { name: 'CI_MERGE_REQUEST_DIFF_BASE_SHA', meaning: 'Commit that a change is compared with', without: '`HEAD^`' },
      { name: 'CI_MERGE_REQUEST_IID', meaning: 'Number of the merge request' },
      { name: 'CI_NODE_INDEX', meaning: 'Which part of a lock `slipway lock --part` makes', without: '1' },
      { name: 'CI_NODE_TOTAL', meaning: 'Into how many parts the lock is divided', without: '1' },
      { name: 'CI_PIPELINE_ID', meaning: 'Id of the pipeline' },
      { name: 'CI_PIPELINE_SOURCE', meaning: 'What started the pipeline; `slipway run` takes it as a setting' },
      { name: 'CI_PIPELINE_URL', meaning: 'Link to the pipeline' },
      { name: 'CI_PROJECT_DIR', meaning: 'Folder of the sources', without: 'the current folder' },
      { name: 'CI_PROJECT_ID', meaning: 'Id of the project' },
      { name: 'CI_PROJECT_PATH', meaning: 'Path of the project' },
      { name: 'CI_RUNNER_DESCRIPTION', meaning: 'Name of the runner, for CDash' },
      { name: 'CI_RUNNER_ID', meaning: 'Id of the runner' },
      { name: 'CI_SERVER_URL', meaning: 'URL of the server as jobs reach it' },
      { name: 'CACHE_FALLBACK_KEY', meaning: 'Key of the cache to take where the job’s own does not exist' },
      { name: 'GIT_STRATEGY', meaning: '`clone`, `fetch`, `empty` or `none`', without: 'that of the stack' },
      { name: 'GIT_DEPTH', meaning: 'Commits to fetch', without: 'that of the stack' },
      { name: 'GIT_SUBMODULE_STRATEGY', meaning: '`none`, `normal` or `recursive`', without: '`none`' },
      { name: 'GIT_SUBMODULE_DEPTH', meaning: 'Commits to fetch of submodules', without: '`GIT_DEPTH`' },
      { name: 'GIT_SUBMODULE_PATHS', meaning: 'Submodules to fetch', without: 'all' },
      { name: 'GIT_CONFIG_COUNT', meaning: 'Number of settings of git in variables, also for the clone of Spack' },
      { name: 'DOCKER_AUTH_CONFIG', meaning: 'Credentials of the registries of `image` and `services`, as JSON' },
      { name: 'RUNNER_SCRIPT_TIMEOUT', meaning: 'Time limit of `before_script` and `script`' },
      { name: 'RUNNER_AFTER_SCRIPT_TIMEOUT', meaning: 'Time limit of `after_script`', without: '5 minutes' },
      {
        name: 'AFTER_SCRIPT_IGNORE_ERRORS',
        meaning: '`false`: a failed `after_script` fails the job',
        without: '`true`',
      },
    ],
  },
];
