import type { CommandName } from '../../src/cli/help/examples.ts';
import type { jsonOutput } from '../../src/cli/json-output.ts';

/** A lock, and the mirror with its packages. */
const stored = ['--lock', 'spack.lock', '--mirror', 'mirror', '--keys', 'public.key'];

/** Command lines whose output a test keeps, by command, in the order in which they run. A command without is a type error. */
export const cliCases: Readonly<Record<CommandName, readonly CliCase[]>> = {
  jobs: [['jobs'], ['jobs', '1', '--json'], ['jobs', '99']],
  status: [['status'], ['status', '--stack', 'lap'], ['status', '-q', '--json']],
  'status post': [['status', 'post', '--repository', 'lab/stack', '--state', 'success', '--sha', 'abc']],
  logs: [
    ['logs', 'generate'],
    ['logs', 'gauze'],
    ['logs', '99', '-v'],
  ],
  open: [
    ['open', 'lab', '--no-browser'],
    ['open', 'lap'],
  ],
  retry: [['retry', 'generate'], ['retry']],
  cancel: [
    ['cancel', 'generate'],
    ['cancel', '--pipeline', '99'],
  ],
  play: [['play', 'generate', '--pipeline', '1'], ['play']],
  trigger: [
    ['trigger', '--stack', 'lab', '--ref', 'main'],
    ['trigger', '--stack', 'lab', '--ref', 'mian'],
  ],
  approve: [['approve', '--stack', 'lab', '--request', '7', '--sha', '0'.repeat(40)]],
  publish: [['publish', 'rety']],
  'publish retry': [
    ['publish', 'retry', '--stack', 'lab'],
    ['publish', 'retry'],
  ],
  quota: [['quota', '--stack', 'lab']],
  'quota list': [['quota', 'list', '--stack', 'lab', '--json']],
  'quota block': [['quota', 'block', '--stack', 'lab', '--author', 'eve', '--reason', 'tests']],
  'quota unblock': [['quota', 'unblock', '--stack', 'lab', '--author', 'eve']],
  reproduce: [
    ['reproduce', '99'],
    ['reproduce', 'generate', '--no-run', '--into', 'job'],
  ],
  hook: [['hook', 'instal']],
  'hook install': [['hook', 'install', 'remote.git', '--url', 'http://127.0.0.1:1', '--stack', 'lab']],
  'hook remove': [['hook', 'remove', 'remote.git']],
  'hook notify': [['hook', 'notify', '--url', 'http://127.0.0.1:1', '--stack', 'lab']],
  forge: [['forge', 'conect']],
  'forge connect': [
    ['forge', 'connect', 'gitea'],
    ['forge', 'connect', 'github', '--port', 'high'],
  ],
  demo: [
    ['demo', '--listen', 'nowhere'],
    ['demo', '--log-level', 'loud'],
  ],
  serve: [
    ['serve', '--config', 'missing.yaml'],
    ['serve', '--config', 'wrong.server.yaml'],
  ],
  doctor: [['doctor', '--jsn']],
  run: [
    ['run', '--list'],
    ['run', 'biuld'],
    ['run', '--in-place'],
  ],
  plan: [
    ['plan', '--lock', 'spack.lock', '--mirror', 'mirror'],
    ['plan', '--lock', 'missing.lock'],
  ],
  why: [['why', 'libpng', '--env', 'bump', '--lock', 'bump/spack.lock', '--against', 'bump/before.lock']],
  lock: [
    ['lock', '--env', 'hello', '--part', '1/1'],
    ['lock', '--part', '5/2'],
  ],
  generate: [
    ['generate', '--env', 'bump', '--lock', 'bump/spack.lock', '--mirror', 'mirror', '--explain'],
    ['generate', '--lock', 'spack.lock', '--mirror', 'mirror', '--explain'],
  ],
  rebuild: [
    {
      words: ['rebuild'],
      env: {
        SPACK_JOB_SPEC_DAG_HASH: '$SLIPWAY_GAUGE',
        SPACK_CONCRETE_ENV_DIR: '.',
        SLIPWAY_MIRROR: 'mirror',
        SLIPWAY_TRUSTED_KEYS: 'public.key',
      },
    },
    {
      words: ['rebuild'],
      env: { SPACK_JOB_SPEC_DAG_HASH: '0'.repeat(32), SPACK_CONCRETE_ENV_DIR: '.', SLIPWAY_MIRROR: 'mirror' },
    },
    ['rebuild'],
  ],
  mirror: [['mirror', 'lsit']],
  'mirror list': [
    ['mirror', 'list', 'mirror'],
    ['mirror', 'list', 'nowhere'],
  ],
  'mirror search': [['mirror', 'search', 'mirror', 'gauge@2:', '--json']],
  'mirror show': [['mirror', 'show', 'mirror', 'zzzz']],
  'mirror du': [['mirror', 'du', 'mirror']],
  'mirror keys': [['mirror', 'keys', 'mirror']],
  'mirror verify': [
    ['mirror', 'verify', 'mirror', '--keys', 'public.key'],
    ['mirror', 'verify', 'mirror', '--keys', 'public.key', '--quiet'],
  ],
  'mirror index': [['mirror', 'index', 'mirror', '--keys', 'public.key']],
  'mirror copy': [['mirror', 'copy', 'mirror', 'copy', '--keys', 'public.key']],
  'mirror promote': [['mirror', 'promote', 'mirror', 'promoted', '--keys', 'public.key', '--lock', 'spack.lock']],
  'mirror install': [['mirror', 'install', 'gauge']],
  'mirror snapshot': [['mirror', 'snapshot', 'copy', '--name', 'first', '--keys', 'public.key']],
  'mirror views': [['mirror', 'views', 'copy']],
  'mirror forget': [
    ['mirror', 'forget', 'copy', 'snapshots/first'],
    { words: ['mirror', 'forget', 'copy', 'snapshots/first', '--delete'], typed: 'y\n' },
  ],
  'mirror prune': [
    ['mirror', 'prune', 'copy', '--days', '0', '--keys', 'public.key'],
    { words: ['mirror', 'prune', 'copy', '--days', '0', '--keys', 'public.key', '--delete'], typed: 'n\n' },
  ],
  'mirror migrate': [['mirror', 'migrate', 'mirror', 'migrated', '--keys', 'public.key', '--to', 'v2']],
  'mirror sources': [['mirror', 'sources', 'sources', '--lock', 'missing.lock']],
  image: [['image', 'bild']],
  'image plan': [['image', 'plan', ...stored]],
  'image build': [
    ['image', 'build', ...stored, '--no-smoke', '--repository', 'lab/stack', '--output', 'oci:images:lab/stack:1'],
  ],
  'image publish': [['image', 'publish', 'oci:images:lab/stack:1', 'oci:other:lab/stack:2']],
  'image unpack': [['image', 'unpack', 'oci:images:lab/stack:1', 'root']],
  'image verify': [['image', 'verify', 'oci:images:lab/stack:1']],
  'image diff': [['image', 'diff', 'oci:images:lab/stack:1', 'oci:other:lab/stack:2']],
  'image run': [
    ['image', 'run', 'oci:images:lab/stack:1'],
    ['image', 'run', 'oci:images:lab/stack:9'],
    ['image', 'run', 'oci:images:lab/stack:9', '--timeout', '0'],
    ['image', 'run', 'oci:images:lab/stack:9', '--timeout', 'soon'],
  ],
  'image rebase': [['image', 'rebase', '--stack', 'lab', '--check']],
  slurm: [['slurm', 'prepar']],
  'slurm config': [
    ['slurm', 'config', '--config', 'missing.yaml'],
    ['slurm', 'config', '--config', 'wrong.server.yaml'],
  ],
  'slurm prepare': [['slurm', 'prepare', '--config', 'missing.yaml']],
  'slurm run': [['slurm', 'run', '--config', 'missing.yaml', 'script']],
  'slurm cleanup': [['slurm', 'cleanup']],
  notary: [
    { words: ['notary', '--config', 'slipway.notary.yaml', '--log-level', 'fatal'], until: 'listening' },
    ['notary', '--config', 'missing.yaml'],
    ['notary', '--config', 'wrong.server.yaml'],
  ],
  'notary log': [
    ['notary', 'log', 'signed.jsonl', '--show'],
    ['notary', 'log', 'missing.jsonl'],
    ['notary', 'log', 'signed.jsonl', '--head', 'f'.repeat(64)],
  ],
  key: [['key', 'lsit']],
  'key create': [
    ['key', 'create', '--algorithm', 'ed25519', '--output', 'new.key'],
    ['key', 'create'],
  ],
  'key import': [
    ['key', 'import', 'private.key', '--output', 'imported.key'],
    ['key', 'import', 'x', '--output', 'y'],
  ],
  'key rotate': [['key', 'rotate', 'private.key', '--folder', 'notary']],
  'key accept': [['key', 'accept', 'public.key', '--folder', 'notary']],
  'key list': [
    ['key', 'list', '--folder', 'notary'],
    ['key', 'list', '--folder', 'notary', '-v'],
  ],
  'key export': [['key', 'export', '--folder', 'notary']],
  'key revoke': [{ words: ['key', 'revoke', '0123456789ABCDEF', '--folder', 'notary'], typed: 'no\n' }],
  'key re-sign': [['key', 're-sign', '--dry-run', '--config', 'missing.yaml']],
  token: [['token', 'creat']],
  'token create': [
    ['token', 'create', '--name', 'ci', '--stack', 'lab', '--data', '$SLIPWAY_LAB'],
    ['token', 'create'],
  ],
  'token list': [
    ['token', 'list', '--data', '$SLIPWAY_LAB'],
    ['token', 'list', '--data', 'nowhere'],
  ],
  runner: [['runner', 'ru']],
  'runner run': [
    ['runner', 'run', '--url', '$SLIPWAY_URL', '--sandbox', 'never'],
    { words: ['runner', 'run', '--url', '$SLIPWAY_URL', '--sandbox', 'never'], env: { SLIPWAY_RUNNER_TOKEN: 'wrong' } },
  ],
  'runner create': [
    ['runner', 'create', '--name', 'north', '--tag', 'arm', 'large', '--no-untagged', '--data', '$SLIPWAY_LAB'],
    ['runner', 'create', '--name', 'north', '--data', '$SLIPWAY_LAB'],
    ['runner', 'create', '--name', 'south', '--no-untagged', '--data', '$SLIPWAY_LAB'],
  ],
  'runner list': [['runner', 'list', '--data', '$SLIPWAY_LAB']],
  'runner show': [
    ['runner', 'show', 'north', '--data', '$SLIPWAY_LAB'],
    ['runner', 'show', 'west', '--data', '$SLIPWAY_LAB'],
  ],
  'runner edit': [
    ['runner', 'edit', 'north', '--tag', 'x86_64', '--maximum-timeout', '3600', '--data', '$SLIPWAY_LAB'],
    ['runner', 'edit', 'north', '--no-tag', '--data', '$SLIPWAY_LAB'],
    ['runner', 'edit', 'north', '--data', '$SLIPWAY_LAB'],
  ],
  'runner pause': [['runner', 'pause', 'north', '--data', '$SLIPWAY_LAB']],
  'runner resume': [['runner', 'resume', '1001', '--data', '$SLIPWAY_LAB']],
  'runner rotate': [['runner', 'rotate', 'north', '--data', '$SLIPWAY_LAB']],
  'runner remove': [{ words: ['runner', 'remove', 'north', '--data', '$SLIPWAY_LAB'], typed: 'y\n' }],
  'runner allow-registration': [['runner', 'allow-registration', '--data', '$SLIPWAY_LAB']],
  'runner end-registration': [['runner', 'end-registration', '--data', '$SLIPWAY_LAB']],
  audit: [
    ['audit', '--data', '$SLIPWAY_LAB', '--action', 'token.*'],
    ['audit', '--url', '$SLIPWAY_URL', '--action', 'token.*'],
    ['audit', '--url', '$SLIPWAY_URL', '--verify'],
  ],
  'token revoke': [{ words: ['token', 'revoke', '1', '--data', '$SLIPWAY_LAB'], typed: 'y\n' }],
  login: [{ words: ['login', '$SLIPWAY_URL'], typed: 'slipway_wrong\n' }, ['login', '--list']],
  logout: [['logout']],
  init: [
    ['init', '--yes', '--no-server'],
    ['init', '--kind', 'other'],
  ],
  notify: [['notify', 'lst']],
  'notify list': [['notify', 'list', '--data', '$SLIPWAY_LAB']],
  'notify test': [['notify', 'test', 'chat']],
  spack: [['spack', 'instal']],
  'spack install': [['spack', 'install', '--release', '9.9']],
  'spack list': [['spack', 'list']],
  'spack remove': [['spack', 'remove', '9.9']],
  completion: [
    ['completion', 'fish'],
    ['completion', 'ksh'],
  ],
};

/** The words after `slipway`, or these with more. */
export type CliCase = readonly string[] | CliCaseOptions;

interface CliCaseOptions {
  readonly words: readonly string[];
  /** What a person types at a question. */
  readonly typed?: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command is interrupted once it has printed this. */
  readonly until?: string;
}

/** Command lines whose JSON a test checks against its schema; each keeps the words before `--json` short. */
export const jsonCases: readonly (readonly [keyof typeof jsonOutput, ...string[]])[] = [
  ['open', 'lab'],
  ['status'],
  ['jobs'],
  ['retry', 'generate'],
  ['cancel', 'generate'],
  ['retry', '--pipeline', '3'],
  ['quota list', '--stack', 'lab'],
  ['quota block', '--stack', 'lab', '--author', 'eve', '--reason', 'tests'],
  ['quota list', '--stack', 'lab'],
  ['quota unblock', '--stack', 'lab', '--author', 'eve'],
  ['publish retry', '--stack', 'lab'],
  ['doctor'],
  ['run', '--list'],
  ['run', '--in-place'],
  ['plan', '--lock', 'spack.lock'],
  ['plan', '--env', 'bump', '--lock', 'bump/spack.lock', '--against', 'bump/before.lock'],
  ['why', 'libpng', '--env', 'bump', '--lock', 'bump/spack.lock', '--against', 'bump/before.lock'],
  ['mirror list', 'mirror'],
  ['mirror search', 'mirror', 'gauge'],
  ['mirror show', 'mirror', 'zlfir'],
  ['mirror du', 'mirror'],
  ['mirror keys', 'mirror'],
  ['mirror verify', 'mirror', '--keys', 'public.key'],
  ['mirror index', 'mirror', '--keys', 'public.key'],
  ['mirror copy', 'mirror', 'json-copy', '--keys', 'public.key'],
  ['mirror promote', 'mirror', 'json-promoted', '--keys', 'public.key', '--lock', 'spack.lock'],
  ['mirror install', 'gauge', '--mirror', 'mirror', '--keys', 'public.key', '--root', 'tree'],
  ['mirror snapshot', 'json-copy', '--name', 'first', '--keys', 'public.key'],
  ['mirror views', 'json-copy'],
  ['mirror forget', 'json-copy', 'snapshots/first'],
  ['mirror prune', 'json-copy', '--days', '0', '--keys', 'public.key'],
  ['mirror migrate', 'mirror', 'json-migrated', '--keys', 'public.key', '--to', 'v2'],
  ['image plan', ...stored],
  ['image build', ...stored, '--no-smoke', '--repository', 'work', '--output', 'oci:json:lab/stack:1'],
  ['image publish', 'oci:json:lab/stack:1', 'oci:json:lab/stack:2'],
  ['image verify', 'oci:json:lab/stack:1'],
  ['image diff', 'oci:json:lab/stack:1', 'oci:json:lab/stack:2'],
  ['image rebase', '--stack', 'lab', '--check'],
  ['key create', '--algorithm', 'ed25519', '--output', 'json-new.key'],
  ['key import', 'private.key', '--output', 'json-imported.key'],
  ['key rotate', 'private.key', '--folder', 'notary'],
  ['key accept', 'public.key', '--folder', 'notary'],
  ['key list', '--folder', 'notary'],
  ['key export', '--folder', 'notary'],
  ['token create', '--name', 'ci', '--stack', 'lab', '--data', '$SLIPWAY_LAB'],
  ['token list', '--data', '$SLIPWAY_LAB'],
  ['token revoke', '2', '--yes', '--data', '$SLIPWAY_LAB'],
  ['token revoke', '--sessions-of', 'ada', '--yes', '--data', '$SLIPWAY_LAB'],
  ['runner create', '--name', 'json', '--data', '$SLIPWAY_LAB'],
  ['runner list', '--data', '$SLIPWAY_LAB'],
  ['runner show', 'json', '--data', '$SLIPWAY_LAB'],
  ['runner edit', 'json', '--note', 'none', '--data', '$SLIPWAY_LAB'],
  ['runner pause', 'json', '--data', '$SLIPWAY_LAB'],
  ['runner resume', 'json', '--data', '$SLIPWAY_LAB'],
  ['runner rotate', 'json', '--data', '$SLIPWAY_LAB'],
  ['runner remove', 'json', '--yes', '--data', '$SLIPWAY_LAB'],
  ['runner allow-registration', '--data', '$SLIPWAY_LAB'],
  ['runner end-registration', '--data', '$SLIPWAY_LAB'],
  ['login', '--list'],
  ['hook install', 'remote.git', '--url', 'http://127.0.0.1:1', '--stack', 'lab'],
  ['hook remove', 'remote.git'],
  ['init', '--yes', '--no-server'],
  ['audit', '--data', '$SLIPWAY_LAB'],
  ['audit', '--url', '$SLIPWAY_URL'],
  ['notify list', '--data', '$SLIPWAY_LAB'],
  ['spack list'],
];
