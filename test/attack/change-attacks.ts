import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ForkLab } from '../support/fork-lab.ts';
import { hostilePipelines } from '../support/hostile-pipelines.ts';
import type { Attack } from './attack.ts';
import { climbingZip, extractTrustfully } from './climbing-zip.ts';
import { mayRunScripts } from './may-run-scripts.ts';

/** An attack by what a pull request or branch contains, or by when it is pushed. */
export interface ChangeAttack extends Attack {
  /** The control run repeats what the attempt has merged, so that it needs a lab of its own. */
  readonly mergesChange?: boolean;
  /** Returns whether it succeeded. The lab's remote has a `main` with a README. */
  attempt(lab: ForkLab): Promise<boolean>;
  /** The same without the protection, or what is like it and permitted; after the attempt. Must return true. */
  control(lab: ForkLab): Promise<boolean>;
}

type Files = Readonly<Record<string, string>>;

const FORK = 'refs/pull/7/head';
const MAIN = 'refs/heads/main';

/** Of the labs in which these attacks are tried. */
export const LOG_BYTES = 200_000;
export const protectedRunner = { name: 'protected', embedded: true, tags: ['protected'], protectedOnly: true };

async function push(lab: ForkLab, ref: string, files: Files): Promise<string> {
  const head = await lab.remote.commit(ref, files, MAIN);
  lab.server.wake('lab');
  return head;
}

/** Pushes to the fork, and approves what was pushed. */
async function approved(lab: ForkLab, files: Files): Promise<string> {
  const head = await push(lab, FORK, files);
  await lab.until(() => lab.status(head));
  await lab.post('requests/7/approve', { sha: head });
  return head;
}

const pipelineOf = (lab: ForkLab, head: string) =>
  lab.server.coordinator.context.pipelines.list({ stack: 'lab' }).find((one) => one.head === head);
const finalStatus = (lab: ForkLab, head: string) => {
  const status = lab.status(head);
  return status?.startsWith('pending') === true ? undefined : status;
};
const job = (text: string, more: Readonly<Record<string, unknown>> = {}): Files => ({
  '.gitlab-ci.yml': JSON.stringify({ check: { script: [text], ...more } }),
});
const tagged = job('true', { tags: ['protected'] });
const image: Files = {
  'spack.yaml': 'spack:\n  specs: [gauge]\n  view: false\n',
  'recipes/gauge.yaml': 'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX" && echo 7 > "$PREFIX/gauge"\n',
  'slipway.yaml': JSON.stringify({
    images: [
      {
        repository: 'lab/stack',
        base: 'scratch',
        rules: [
          { branch: 'main', tag: 'latest' },
          { branch: 'team', tag: 'latest' },
        ],
      },
    ],
  }),
};
const publishes = (lab: ForkLab) =>
  lab.server.coordinator.context.ledger.publications('lab').some(({ tag }) => tag === 'latest');
const flood = job('head -c 3000000 /dev/zero | tr "\\0" x');
const logSize = (lab: ForkLab, head: string) => {
  const { pipelines, folder } = lab.server.coordinator.context;
  const run = pipelines.latestRun(pipelineOf(lab, head)?.id ?? '', 'check');
  return statSync(join(folder.root, 'jobs', run?.id ?? '', 'trace.log')).size;
};

const leave = (text: string) => job(`echo "${text}" > left`, { artifacts: { paths: ['left'] } });
const PLANTED = 'planted-by-an-archive';
/** Uploads an archive of its own making, which the next job unpacks. */
const archive = async (): Promise<Files> => ({
  'evil.base64': (await climbingZip(PLANTED)).toString('base64'),
  '.gitlab-ci.yml': JSON.stringify({
    stages: ['one', 'two'],
    leave: {
      stage: 'one',
      script: [
        'base64 -d evil.base64 > evil.zip',
        'curl --silent --max-time 300 --header "JOB-TOKEN: $CI_JOB_TOKEN" --form "file=@evil.zip" ' +
          '"$CI_SERVER_URL/api/v4/jobs/$CI_JOB_ID/artifacts?artifact_type=archive&artifact_format=zip"',
      ],
    },
    take: { stage: 'two', script: ['true'], when: 'always' },
  }),
});

const { 'slipway.yaml': _policy, ...packages } = image;
/** Whether a package that was built before the merge is on the protected mirror after it. */
async function promoted(lab: ForkLab): Promise<boolean> {
  await lab.finished(await push(lab, MAIN, packages));
  const { pipelines, promotions } = lab.server.coordinator.context;
  const recorded = pipelines.list({ stack: 'lab' }).flatMap(({ id }) => promotions.promotions(id));
  return recorded.some(({ outcome }) => outcome === 'promoted');
}

export const changeAttacks: readonly ChangeAttack[] = [
  {
    threat: 'T3',
    what: 'has a package that its jobs built promoted to the protected mirror after the merge',
    mergesChange: true,
    protection: 'only packages of the team’s requests, built on trusted runners, are promoted',
    attempt: async (lab) => {
      await lab.finished(await approved(lab, packages));
      return promoted(lab);
    },
    control: async (lab) => {
      await lab.finished(await push(lab, 'refs/heads/team', packages));
      return promoted(lab);
    },
  },
  {
    threat: 'T8',
    what: 'gets a runner of protected refs by its tag',
    protection: 'the server matches runners by trust, whatever the tags',
    attempt: async (lab) => {
      const head = await approved(lab, tagged);
      await lab.until(() => pipelineOf(lab, head));
      // The runner takes a job that comes later: it was offered this one before.
      await lab.finished(await push(lab, MAIN, tagged));
      return pipelineOf(lab, head)?.status === 'success';
    },
    control: async (lab) => {
      const head = await push(lab, MAIN, job('echo again', { tags: ['protected'] }));
      return (await lab.finished(head)).status === 'success';
    },
  },
  {
    threat: 'T10',
    what: 'is pushed to after it was approved',
    protection: 'an approval counts for one commit',
    attempt: async (lab) => {
      const first = await push(lab, FORK, job('true'));
      await lab.until(() => lab.status(first));
      const second = await push(lab, FORK, job('echo other'));
      const { status } = await lab.post('requests/7/approve', { sha: first });
      await lab.until(() => lab.status(second));
      return status < 300 || pipelineOf(lab, second) !== undefined;
    },
    control: async (lab) => (await lab.finished(await approved(lab, job('echo other')))).status === 'success',
  },
  {
    threat: 'T11',
    what: 'takes the success of an older commit over',
    protection: 'a status belongs to the commit that was tested',
    attempt: async (lab) => {
      await lab.finished(await approved(lab, job('true')));
      const second = await approved(lab, job('exit 1'));
      await lab.finished(second);
      return (await lab.until(() => finalStatus(lab, second))).startsWith('success');
    },
    control: async (lab) => {
      const head = await approved(lab, job('true'));
      await lab.finished(head);
      return (await lab.until(() => finalStatus(lab, head))).startsWith('success');
    },
  },
  {
    threat: 'T13',
    what: 'leaves a secret of its job as an artifact',
    protection: 'declared secrets are searched for in what is packed',
    attempt: async (lab) => {
      await lab.finished(await push(lab, 'refs/heads/team', leave('$TRUSTED_SECRET')));
      return (await lab.remains()).includes('planted-trusted-secret');
    },
    control: async (lab) => {
      await lab.finished(await push(lab, 'refs/heads/team', leave('no declared secret')));
      return (await lab.remains()).includes('no declared secret');
    },
  },
  {
    threat: 'T15',
    what: 'stops the server by a configuration that grows without end',
    protection: 'limits on what a configuration expands to',
    attempt: async (lab) => {
      const [bomb] = hostilePipelines;
      const head = await push(lab, 'refs/heads/team', { '.gitlab-ci.yml': bomb?.text() ?? '' });
      return !(await lab.until(() => lab.status(head))).startsWith('error');
    },
    control: async (lab) => {
      const text = '.a: &a [true]\n.b: &b [*a, *a]\nj: { script: *b }\n';
      return (await lab.finished(await push(lab, 'refs/heads/team', { '.gitlab-ci.yml': text }))).status === 'success';
    },
  },
  {
    threat: 'T15',
    what: 'fills the disk with a log',
    protection: '`limits.logBytes`',
    attempt: async (lab) => {
      const head = await approved(lab, flood);
      await lab.finished(head);
      return logSize(lab, head) > LOG_BYTES;
    },
    control: async (lab) => {
      const head = await push(lab, MAIN, job('head -c 100000 /dev/zero | tr "\\0" x'));
      await lab.finished(head);
      return logSize(lab, head) > LOG_BYTES / 2;
    },
  },
  {
    threat: 'T16',
    what: 'writes outside of the next job’s project by names in an archive',
    protection: 'archives whose entries leave the folder are refused',
    attempt: async (lab) => {
      await lab.finished(await approved(lab, await archive()));
      return [lab.data, join(lab.data, 'runner'), join(lab.data, 'runner/builds')].some((folder) =>
        existsSync(join(folder, PLANTED)),
      );
    },
    control: async (lab) => {
      await extractTrustfully(await climbingZip(PLANTED), join(lab.outside, 'a/b'));
      return existsSync(join(lab.outside, PLANTED));
    },
  },
  {
    threat: 'T20',
    what: 'has a page among its artifacts run a script with the session of its reader',
    protection: 'artifacts are sandboxed documents, without scripts, forms and requests',
    attempt: async (lab) => {
      const head = await approved(lab, job('echo "<script></script>" > a.html', { artifacts: { paths: ['a.html'] } }));
      await lab.finished(head);
      const run = lab.server.coordinator.context.pipelines.latestRun(pipelineOf(lab, head)?.id ?? '', 'check');
      return mayRunScripts((await fetch(`${lab.server.url}/api/v1/jobs/${run?.id}/artifacts/files/a.html`)).headers);
    },
    control: async () => mayRunScripts(new Headers({ 'content-type': 'text/html' })),
  },
  {
    threat: 'T18',
    what: 'publishes an image by a rule of its own',
    protection: 'rules are read from the protected branch, and only its pipelines publish',
    attempt: async (lab) => {
      await lab.finished(await approved(lab, image));
      await lab.finished(await push(lab, 'refs/heads/team', image));
      await lab.server.coordinator.settle();
      return publishes(lab);
    },
    control: async (lab) => {
      await push(lab, MAIN, image);
      return lab.until(() => publishes(lab));
    },
  },
];
