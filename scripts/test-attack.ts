/**
 * `npm run test:attack`: the attacks of `test/attack`, as root and as an ordinary user, with each mechanism of the
 * sandbox, and a control run without any. A run sees a machine that lacks the other mechanisms: their programs are
 * hidden in a mount namespace. `-- --quick` leaves out what repeats a combination of the two.
 */
import { chmod, chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { SYSTEM_PATH, findProgram } from '../src/kit/index.ts';
import { bundle } from './build.ts';

interface Run {
  readonly user: 'root' | 'nobody';
  readonly mechanism: 'bwrap' | 'perl' | 'none';
  /** Names of test files; all without one. */
  readonly files?: readonly string[];
}

const bySandbox = ['mechanism', 'job-attacks', 'smoke-attacks'];
const control: Run = { user: 'root', mechanism: 'none', files: ['mechanism', 'smoke-attacks'] };
const full: readonly Run[] = [
  { user: 'root', mechanism: 'bwrap' },
  { user: 'root', mechanism: 'perl', files: bySandbox },
  { user: 'nobody', mechanism: 'bwrap', files: [...bySandbox, 'change-attacks', 'container-attempts'] },
  { user: 'nobody', mechanism: 'perl', files: bySandbox },
  control,
];
const quick: readonly Run[] = [
  {
    user: 'root',
    mechanism: 'bwrap',
    files: [...bySandbox, 'change-attacks', 'command-attacks', 'include-attacks', 'container-attempts'],
  },
  { user: 'nobody', mechanism: 'perl', files: [...bySandbox, 'container-attempts'] },
  control,
];
const vitest = [
  process.execPath,
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config=vitest.attack.config.ts',
  '--configLoader=runner',
] as const;
const nobodyId = 65_534;
const asNobody = `setpriv --reuid=${nobodyId} --regid=${nobodyId} --clear-groups`;
const hidden = { bwrap: [], perl: ['bwrap'], none: ['bwrap', 'perl'] } as const;

/** Runs the tests; returns whether they passed. */
async function passes({ user, mechanism, files = [] }: Run): Promise<boolean> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-attack-')));
  try {
    if (user === 'nobody') await chown(folder, nobodyId, nobodyId);
    // `attempts.test.ts` starts programs of another user there.
    await chmod(folder, 0o755);
    const places = await Promise.all(hidden[mechanism].map((name) => findProgram(name, SYSTEM_PATH)));
    const hide = places.filter((place) => place !== undefined).map((place) => `mount --bind /dev/null ${place}`);
    // Folders around the checkout may be closed to other users.
    const text = [...hide, 'mount --bind . /mnt', 'cd /mnt', `exec ${user === 'nobody' ? asNobody : ''} "$@"`];
    const words = ['--mount', 'sh', '-c', text.join(' && '), 'sh', ...vitest, ...files];
    const env = { HOME: folder, TMPDIR: folder, SLIPWAY_TEST_MECHANISM: mechanism };
    const { exitCode } = await execa('unshare', words, { stdio: 'inherit', reject: false, env });
    return exitCode === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function canHide(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return (await execa('unshare', ['--mount', 'mount', '--bind', '.', '/mnt'], { reject: false })).exitCode === 0;
}

async function testAll(): Promise<boolean> {
  if (!(await canHide())) {
    process.stderr.write('skipped: attacks on each mechanism and as another user; only root can run them\n');
    const [program, ...words] = vitest;
    return (await execa(program, words, { stdio: 'inherit', reject: false })).exitCode === 0;
  }
  const failed: string[] = [];
  for (const run of process.argv.includes('--quick') ? quick : full) {
    const title = `attacks as ${run.user}, sandbox: ${run.mechanism}`;
    process.stdout.write(`\n${title}\n`);
    if (!(await passes(run))) failed.push(title);
  }
  for (const title of failed) process.stdout.write(`failed: ${title}\n`);
  return failed.length === 0;
}

const began = performance.now();
await bundle();
process.exitCode = (await testAll()) ? 0 : 1;
process.stdout.write(`attacks tested in ${((performance.now() - began) / 1000).toFixed(0)} seconds\n`);
