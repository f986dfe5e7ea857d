/** A command line as it is typed. */
export interface Example {
  readonly line: string;
  /** What it does, as a phrase without a full stop. */
  readonly note: string;
}

const example = (line: string, note: string): Example => ({ line, note });

/** Examples of each command, by its names. The help prints them; a test parses them. */
export const examples = {
  demo: [example('slipway demo --keep', 'leave the server running, to look around in the browser')],
  init: [
    example('slipway init', 'recognize what the repository holds, and ask three questions'),
    example('slipway init --yes --ci github', 'ask nothing, and also write a workflow for GitHub'),
    example('slipway init --kind recipe --name hello', 'set up a program that is built without Spack'),
  ],
  doctor: [
    example('slipway doctor', 'list the parts that this machine has and lacks'),
    example('slipway doctor --fix', 'offer to install Spack if it is missing'),
    example("slipway doctor --json | jq '.parts[].name'", 'read the same in a script'),
  ],
  spack: [example('slipway spack install', 'install a pinned release of Spack, with clingo')],
  'spack install': [
    example('slipway spack install', 'install a pinned release of Spack, with clingo'),
    example('slipway spack install --from /srv/spack --wheels /srv/wheels', 'use local copies, without a network'),
    example('slipway spack install --release 0.23', 'install another release'),
  ],
  'spack list': [example('slipway spack list', 'list the installed Spacks')],
  'spack remove': [example('slipway spack remove 0.23.1', 'remove one')],
  run: [
    example('slipway run', 'run all jobs of `.gitlab-ci.yml` in this folder'),
    example('slipway run build --needs', 'run one job, and those that it needs'),
    example('slipway run --list', 'list the jobs, and run none'),
    example('slipway run --variable DEBUG=1 --sandbox', 'set a variable, and isolate the jobs as a server does'),
  ],
  plan: [
    example('slipway plan --mirror /srv/mirror', 'show what is missing on a mirror'),
    example('slipway plan --against main', 'show what this change would build, and how long that takes'),
  ],
  why: [
    example('slipway why zlib', 'show why zlib is built again'),
    example('slipway why hdf5@1.14 --against v1.2', 'compare with a tag'),
  ],
  reproduce: [
    example('slipway reproduce 117', 'run job 117 of the server again on this machine'),
    example('slipway reproduce zlib --no-run --into job', 'download the newest failed job of zlib to `job`'),
  ],
  serve: [
    example('slipway serve', 'use `slipway.server.yaml` of this folder or of a folder above it'),
    example('slipway serve --config /etc/slipway/slipway.server.yaml', 'use another configuration'),
    example('slipway serve --drain-timeout 3600', 'at SIGTERM, wait an hour at most for the running jobs'),
  ],
  status: [
    example('slipway status', 'show all stacks'),
    example('slipway status --watch', 'show changes until no pipeline runs any more'),
    example('slipway status --stack lab --json', 'print one stack as JSON'),
  ],
  'status post': [
    example('slipway status post --repository lab/stack --state success', 'set the status of the commit of this job'),
  ],
  jobs: [
    example('slipway jobs', 'list the jobs of the newest pipeline'),
    example('slipway jobs 12', 'list the jobs of pipeline 12 and of its children'),
    example('slipway jobs --stack lab --json', 'print those of the newest pipeline of a stack as JSON'),
  ],
  notify: [example('slipway notify', 'show which destinations fail, and what waits for them')],
  'notify list': [example('slipway notify list --json', 'read the same in a script')],
  'notify test': [example('slipway notify test team', 'send a test message, and print the answer')],
  trigger: [
    example('slipway trigger --stack lab --ref main', 'start a pipeline for the newest commit of a branch'),
    example('slipway trigger --stack lab --ref main --wait', 'wait for its end'),
  ],
  approve: [
    example(
      'slipway approve --stack lab --request 12 --sha 0a4d55a8d778e5022fab701977c5d840bbc486d0',
      'run the pull request at the commit that you have read',
    ),
  ],
  retry: [
    example('slipway retry zlib', 'run the newest failed job of zlib again'),
    example('slipway retry 117', 'run job 117 again'),
    example('slipway retry --pipeline 12', 'run all failed jobs of a pipeline again'),
  ],
  play: [example('slipway play deploy --stack lab --variable TARGET=test', 'start the newest manual job of this name')],
  cancel: [
    example('slipway cancel zlib --pipeline 12', 'stop one job of a pipeline'),
    example('slipway cancel --pipeline 12', 'stop a pipeline with its children'),
  ],
  publish: [example('slipway publish retry --stack lab', 'publish all images again that failed')],
  'publish retry': [
    example('slipway publish retry --stack lab', 'publish all images of a stack again that failed'),
    example('slipway publish retry --image 7 --replace', 'publish one image, even if its tag was moved'),
  ],
  logs: [
    example('slipway logs zlib', 'print the log of the newest job of zlib'),
    example('slipway logs zlib --pipeline 12', 'print that of pipeline 12'),
    example('slipway logs 117 --follow', 'print the log of job 117 until the job has ended'),
  ],
  quota: [example('slipway quota list --stack lab', 'show what is used')],
  'quota list': [example('slipway quota list --stack lab', 'show what is used, and who is blocked')],
  'quota block': [
    example('slipway quota block --stack lab --author mallory --reason "mines coins"', 'stop all jobs of an author'),
  ],
  'quota unblock': [example('slipway quota unblock --stack lab --author mallory', 'let their jobs run again')],
  audit: [
    example('slipway audit --since 7d --outcome refused', 'show what was refused in the last week'),
    example('slipway audit --verify', 'check that no record was changed or removed'),
  ],
  open: [
    example('slipway open lab', 'open the page of a stack'),
    example('slipway open --job 117 --no-browser', 'print the address of a job’s page'),
  ],
  mirror: [example('slipway mirror list /srv/mirror', 'list the packages of a mirror')],
  'mirror list': [
    example('slipway mirror list /srv/mirror', 'list the packages of a folder'),
    example('slipway mirror list s3://cache/lab --json', 'list those of a bucket as JSON'),
  ],
  'mirror search': [example('slipway mirror search /srv/mirror zlib@1.3:', 'list zlib from 1.3 on')],
  'mirror show': [example('slipway mirror show /srv/mirror 3kvmdd5', 'show one package by the start of its hash')],
  'mirror du': [example('slipway mirror du /srv/mirror', 'show the size of each package')],
  'mirror keys': [example('slipway mirror keys https://mirror.example.org/lab', 'print the public keys')],
  'mirror verify': [
    example('slipway mirror verify /srv/mirror --keys public.key', 'check everything, tarballs included'),
    example('slipway mirror verify s3://cache/lab --no-tarballs', 'check only what describes the tarballs'),
  ],
  'mirror index': [
    example('slipway mirror index /srv/mirror --sign-with private.key', 'rebuild the index, and sign it'),
  ],
  'mirror copy': [example('slipway mirror copy /srv/mirror s3://cache/lab', 'copy all packages to a bucket')],
  'mirror promote': [
    example('slipway mirror promote /srv/test /srv/release --lock spack.lock', 'copy the packages of one lock'),
  ],
  'mirror install': [
    example('slipway mirror install hdf5 --mirror /srv/mirror --root /opt/tree', 'install hdf5 and what it needs'),
  ],
  'mirror prune': [
    example('slipway mirror prune /srv/mirror --ref main', 'show what no commit of main needs'),
    example('slipway mirror prune /srv/mirror --ref main --days 90 --delete', 'remove it, if it is older than 90 days'),
  ],
  'mirror snapshot': [example('slipway mirror snapshot /srv/mirror --name 2026-01', 'keep the present state')],
  'mirror migrate': [
    example('slipway mirror migrate /srv/old /srv/new --sign-with private.key', 'convert to layout v3, and sign'),
    example('slipway mirror migrate /srv/mirror /srv/mirror --to v2', 'add layout v2 for Spack before 1.0'),
  ],
  'mirror sources': [
    example('slipway mirror sources /srv/sources', 'fetch the sources of the environment in this folder'),
    example('slipway mirror sources /srv/sources --lock spack.lock', 'fetch the sources of a lock'),
  ],
  'mirror views': [example('slipway mirror views /srv/mirror', 'list views of locks, and snapshots')],
  'mirror forget': [
    example('slipway mirror forget /srv/mirror snapshots/2026-01', 'show what the removal of a snapshot would do'),
    example('slipway mirror forget /srv/mirror snapshots/2026-01 --delete', 'remove it'),
  ],
  image: [example('slipway image plan --lock spack.lock --mirror /srv/mirror', 'show the layers of an image')],
  'image plan': [example('slipway image plan --lock spack.lock --mirror /srv/mirror', 'show the layers of an image')],
  'image build': [
    example(
      'slipway image build --lock spack.lock --mirror /srv/mirror --output oci:images:lab/stack:1',
      'write an image into a layout on disk',
    ),
  ],
  'image publish': [
    example('slipway image publish oci:images:lab/stack:1 ghcr.io/lab/stack:1', 'copy an image to a registry'),
  ],
  'image unpack': [example('slipway image unpack ghcr.io/lab/stack:1 ./rootfs', 'unpack an image into a folder')],
  'image run': [
    example('slipway image run ghcr.io/lab/stack:1', 'start the program of an image in the sandbox'),
    example('slipway image run oci:images:lab/stack:1 -- zlib-check /data', 'start another program of it'),
    example('slipway image run --wait 127.0.0.1:8080/hello:latest', 'wait until the image is published'),
    example('slipway image run --timeout 300 127.0.0.1:8080/hello:latest', 'wait for at most five minutes'),
  ],
  'image verify': [
    example('slipway image verify ghcr.io/lab/stack:1 --key cosign.pub', 'check an image with its records'),
  ],
  'image diff': [example('slipway image diff ghcr.io/lab/stack:1 ghcr.io/lab/stack:2', 'show which packages changed')],
  'image rebase': [
    example('slipway image rebase --stack lab --check', 'report images whose base has moved'),
    example('slipway image rebase lab/stack --stack lab', 'build the newest images of a repository again'),
  ],
  login: [
    example('slipway login https://ci.example.org', 'ask for a token, and use this server from now on'),
    example('slipway login https://ci.example.org --token-file token', 'read the token from a file'),
    example('slipway login --list', 'list the stored servers'),
  ],
  logout: [example('slipway logout https://ci.example.org', 'remove the server and its token')],
  notary: [example('slipway notary --config slipway.notary.yaml', 'run the notary on a host of its own')],
  'notary log': [example('slipway notary log notary/logs/lab.jsonl --show', 'check the log of a stack, and print it')],
  key: [example('slipway key create --output private.key', 'make a signing key')],
  'key create': [
    example('slipway key create --name "Lab" --email lab@example.org --output private.key', 'make a signing key'),
    example('slipway key create --cosign --output cosign.key', 'make a key for images'),
  ],
  'key import': [example('slipway key import exported.asc --output private.key', 'import a key that gpg exported')],
  'key export': [
    example('slipway key export', 'print the public keys of the notary'),
    example('slipway key export --images', 'print the public keys of images'),
  ],
  'key list': [example('slipway key list', 'list the keys of the notary')],
  'key rotate': [example('slipway key rotate', 'sign with a new key from now on')],
  'key accept': [example('slipway key accept old-public.key', 'accept what another key signed')],
  'key revoke': [example('slipway key revoke 3F2A6C1B9D0E4A57', 'stop accepting a key')],
  'key re-sign': [example('slipway key re-sign --dry-run', 'list what would be signed again')],
  token: [example('slipway token list', 'list the tokens of the server on this machine')],
  'token create': [
    example('slipway token create --name ci --scope run --stack lab', 'create a token for one stack'),
    example('slipway token create --name admin --scope admin --all-stacks --days 30', 'create one for everything'),
  ],
  'token list': [example('slipway token list', 'list the tokens of the server on this machine')],
  'token revoke': [
    example('slipway token revoke 3', 'revoke a token'),
    example('slipway token revoke --sessions-of ada', 'end all sessions of a person'),
  ],
  runner: [example('slipway runner run --url https://ci.example.org --token-file token', 'run jobs of a server')],
  'runner run': [
    example('slipway runner run --url https://ci.example.org --token-file token', 'run jobs of a server here'),
    example(
      'slipway runner run --url https://ci.example.org --token-file token --concurrency 8 --data /var/lib/runner',
      'run eight jobs at once, in another folder',
    ),
    example(
      'slipway runner run --url https://ci.example.org --token-file token --slurm slurm.yaml --concurrency 40',
      'run their scripts on Slurm',
    ),
  ],
  'runner create': [
    example('slipway runner create --name cluster --tag x86_64 --tag large', 'create a runner for jobs with tags'),
    example(
      'slipway runner create --name podman --sandbox --stack lab',
      'create one that isolates jobs, for one stack',
    ),
  ],
  'runner list': [example('slipway runner list', 'list the runners that were created on this machine')],
  'runner show': [example('slipway runner show cluster', 'show what a runner takes')],
  'runner edit': [
    example('slipway runner edit cluster --tag x86_64 --tag large', 'replace its tags'),
    example('slipway runner edit cluster --maximum-timeout none --protected-only', 'take jobs of protected refs only'),
  ],
  'runner pause': [example('slipway runner pause cluster', 'give it no more jobs')],
  'runner resume': [example('slipway runner resume cluster', 'give it jobs again')],
  'runner remove': [example('slipway runner remove cluster', 'refuse its token from now on')],
  'runner rotate': [
    example('slipway runner rotate cluster', 'print a new token; the old one counts for another hour'),
    example('slipway runner rotate cluster --now', 'refuse the old token at once'),
  ],
  'runner allow-registration': [
    example('slipway runner allow-registration --days 1', 'let runners register themselves for a day'),
  ],
  'runner end-registration': [example('slipway runner end-registration', 'refuse the registration token')],
  hook: [example('slipway hook install /srv/git/lab.git --url http://127.0.0.1:8080 --stack lab', 'report pushes')],
  'hook install': [
    example('slipway hook install /srv/git/lab.git --url http://127.0.0.1:8080 --stack lab', 'report pushes'),
  ],
  'hook remove': [example('slipway hook remove /srv/git/lab.git', 'remove the hook')],
  'hook notify': [example('slipway hook notify --url http://127.0.0.1:8080 --stack lab', 'report a push')],
  forge: [example('slipway forge connect github --organization example-lab', 'create a GitHub App')],
  'forge connect': [
    example('slipway forge connect github --organization example-lab', 'create a GitHub App of an organization'),
    example(
      'slipway forge connect github --api-url https://github.example.org/api/v3',
      'create one on GitHub Enterprise Server',
    ),
  ],
  slurm: [example('slipway slurm config --config slurm.yaml', 'check the settings')],
  'slurm config': [example('slipway slurm config --config slurm.yaml', 'check the settings')],
  'slurm prepare': [example('slipway slurm prepare --config slurm.yaml', 'check what a job requests')],
  'slurm run': [example('slipway slurm run --config slurm.yaml script.sh build_script', 'run a script on a node')],
  'slurm cleanup': [example('slipway slurm cleanup --config slurm.yaml', 'cancel what is left of a job')],
  lock: [example('slipway lock --env environment --part 2/4', 'lock the second of four shares')],
  generate: [
    example('slipway generate --env environment', 'write `jobs_scratch_dir/pipeline.yml`'),
    example('slipway generate --explain --no-prune', 'make jobs for all packages, and show why'),
  ],
  rebuild: [example('slipway rebuild --tests', 'build the package of this job, and run its tests')],
  completion: [
    example('slipway completion bash > ~/.local/share/bash-completion/completions/slipway', 'install it for bash'),
    example('slipway completion zsh > "${fpath[1]}/_slipway"', 'install it for zsh'),
    example('slipway completion fish > ~/.config/fish/completions/slipway.fish', 'install it for fish'),
  ],
} as const satisfies Readonly<Record<string, readonly Example[]>>;

/** Names of commands that have examples, as in `mirror copy`. */
export type CommandName = keyof typeof examples;

/** Returns the examples of a command as the end of its help; empty where there are none. */
export function examplesText(name: string): string {
  const own: readonly Example[] = Object.hasOwn(examples, name) ? examples[name as CommandName] : [];
  if (own.length === 0) return '';
  return `\nExamples:\n${own.map(({ line, note }) => `  # ${note}\n  ${line}\n`).join('\n')}`;
}
