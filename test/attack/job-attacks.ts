import type { JobAttack } from './attack.ts';

const SANDBOX = 'sandbox: only what is listed is seen';
const NETWORK = 'network of the sandbox: the server’s job endpoints and listed hosts';
const GATEWAY = 'gateway: keys of the job’s own prefix, and hashes of its pipeline’s lock';

const HASH = 'a'.repeat(32);
const manifest = `v3/manifests/spec/planted/planted-1.0-${HASH}.spec.manifest.json`;
const index = 'v3/manifests/index/index.manifest.json';

/** Writes an object of the mirror as the job, with the credentials that it was given. */
const put = (key: string) =>
  `curl --silent --fail --max-time 300 --request PUT --data planted --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' ` +
  `--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:s3 "$S3_ENDPOINT_URL/lab/${key}"`;
const get = (key: string) => put(key).replace('--request PUT --data planted', '');
/** Writes it past the gateway, where the folder of the mirror is seen. */
const write = (data: string, key: string) =>
  `[ -d ${data}/mirrors/lab ] && mkdir -p "$(dirname ${data}/mirrors/lab/${key})" && echo planted > ${data}/mirrors/lab/${key}`;
const curl = 'curl --silent --fail --max-time 300';

/** What the scripts of jobs and smoke tests attempt. Every one succeeds in the control run. */
export const jobAttacks: readonly JobAttack[] = [
  {
    threat: 'T1',
    what: 'reads the keys of the notary',
    protection: SANDBOX,
    script: ({ data }) => `cat ${data}/notary/keys/*.key | grep -q .`,
  },
  {
    threat: 'T1',
    what: 'reads the secret from which the server makes its tokens',
    protection: SANDBOX,
    script: ({ data }) => `cat ${data}/keys/server-secret | grep -q .`,
  },
  {
    threat: 'T1',
    what: 'reads a file with a secret of the operator',
    protection: SANDBOX,
    script: ({ outside }) => `grep -q planted ${outside}/secret`,
  },
  {
    threat: 'T1',
    what: 'reads the environment of another process',
    protection: SANDBOX,
    script: () => 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -q ^PLANTED=planted-other-process',
  },
  {
    threat: 'T2',
    what: 'writes to the mirror past the gateway',
    protection: SANDBOX,
    script: ({ data }) => write(data, 'planted-file'),
    leaves: ({ data }) => ({ file: `${data}/mirrors/lab/planted-file` }),
  },
  {
    threat: 'T2',
    what: 'writes to the prefix of another pull request',
    protection: GATEWAY,
    script: () => put(`pr/99/${manifest}`),
    control: ({ data }) => write(data, `pr/99/${manifest}`),
  },
  {
    threat: 'T3',
    what: 'puts a package of its own into the protected mirror',
    protection: GATEWAY,
    script: () => put(manifest),
    control: ({ data }) => write(data, manifest),
  },
  {
    threat: 'T4',
    what: 'reads what another pull request pushed',
    protection: GATEWAY,
    script: () => get('pr/99/v3/planted.json'),
    control: ({ data }) => `cat ${data}/mirrors/lab/pr/99/v3/planted.json`,
  },
  {
    threat: 'T5',
    what: 'replaces the index of the protected mirror',
    protection: GATEWAY,
    script: () => put(index),
    control: ({ data }) => write(data, index),
  },
  {
    threat: 'T6',
    what: 'speaks to the notary at its socket',
    protection: SANDBOX,
    script: ({ data }) =>
      `for socket in $(find ${data} -type s 2>/dev/null); do ` +
      'curl --silent --max-time 300 --unix-socket "$socket" http://notary/ >/dev/null && exit 0; done; exit 1',
  },
  {
    threat: 'T7',
    what: 'leaves a process behind that later jobs share the machine with',
    protection: 'sandbox: its process namespace ends with the job',
    script: ({ seconds }) =>
      `env -i setsid sh -c ': >left; exec sleep ${seconds}' >/dev/null 2>&1 </dev/null & ` +
      'until [ -e left ]; do sleep 0.1; done',
    leaves: ({ seconds }) => ({ process: `sleep ${seconds}` }),
  },
  {
    threat: 'T7',
    what: 'writes to the workspace of another job',
    protection: SANDBOX,
    script: ({ data }) => `echo planted > ${data}/runner/builds/4711/project/planted-file`,
    leaves: ({ data }) => ({ file: `${data}/runner/builds/4711/project/planted-file` }),
  },
  {
    threat: 'T11',
    what: 'reports its own success and fails',
    protection: NETWORK,
    needsToken: true,
    script: () =>
      `${curl} --request PUT --header 'Content-Type: application/json' ` +
      `--data '{"token":"'$CI_JOB_TOKEN'","state":"success"}' "$CI_SERVER_URL/api/v4/jobs/$CI_JOB_ID"; exit 1`,
  },
  {
    threat: 'T17',
    what: 'connects to a service on the loopback of the host',
    protection: NETWORK,
    script: ({ port }) => `${curl} --noproxy '*' http://127.0.0.1:${port}/`,
  },
  {
    threat: 'T17',
    what: 'reaches that service through the proxy',
    protection: NETWORK,
    script: ({ port }) => `${curl} --noproxy '' --proxy "$http_proxy" http://localhost:${port}/`,
    control: ({ port }) => `${curl} http://localhost:${port}/`,
  },
  {
    threat: 'T17',
    what: 'reads pipelines of others by the server’s REST API',
    protection: NETWORK,
    script: ({ url }) => `${curl} "${url}/api/v1/pipelines"`,
  },
];
