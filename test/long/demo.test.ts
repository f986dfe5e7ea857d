import { execFile, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { namespacesAvailable } from '../../src/builder/index.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { findPart } from '../support/part.ts';
import { reportOf, runDemo, type FinishedDemo } from '../support/run-demo.ts';

const run = promisify(execFile);

const hasCompiler = spawnSync('cc', ['--version']).status === 0 && spawnSync('make', ['--version']).status === 0;
const canPlay = hasCompiler && (await namespacesAvailable());
if (!canPlay) process.stderr.write('skipped: the demo needs cc, make and user namespaces\n');

/** A user who owns only what a test gives them: files that other programs write as `nobody` are not counted. */
const stranger = String(randomInt(20_000, 60_000));
/** Words for `setpriv` that turn root into that user. */
const asStranger = [`--reuid=${stranger}`, '--clear-groups'];
const setpriv = strangersPart();

/** For `find`: a path, and what changes with it: kind, size, time of the last change. */
const LINE = '%p %y %s %T@\\n';

let folder: string;
let temporary: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-demo-test-'));
  temporary = join(folder, 'temporary');
  await mkdir(temporary);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!canPlay)('the demo', () => {
  test('is what `npm run demo` starts, as README.md says', () => {
    expect(manifest.scripts.demo).toBe('node bin/slipway.js demo');
  });

  test('ends with a report of the whole coordinator, and leaves neither file nor process', async () => {
    const demo = await runDemo({ checkout: packageRoot(), temporary });
    await expectWholeDemo(demo);
    expect(await readdir(temporary)).toEqual([]);
  });

  test.skipIf(setpriv === undefined)(
    'passes as an ordinary user, who writes to the temporary folder alone',
    async () => {
      const checkout = join(folder, 'checkout');
      await giveToStranger(checkout);
      const canary = await strangersFolder();
      const before = { checkout: listing(checkout), outside: writtenOutside() };
      const demo = await runDemo({ checkout, temporary, prefix: [setpriv as string, ...asStranger] });
      await expectWholeDemo(demo);
      expect(
        before.outside.some((line) => line.startsWith(canary)),
        'the search sees a planted file',
      ).toBe(true);
      expect(before.checkout.length).toBeGreaterThan(1000);
      expect(changes(before.checkout, listing(checkout))).toEqual([]);
      expect(changes(before.outside, writtenOutside())).toEqual([]);
      expect(await readdir(temporary)).toEqual([]);
    },
  );
});

async function expectWholeDemo(demo: FinishedDemo): Promise<void> {
  const packages = await readdir(join(packageRoot(), 'examples/first-light/recipes'));
  const first = {
    status: 'success',
    jobs: { success: packages.length + 1, skipped: 0, failed: 0 },
    seconds: expect.any(Number),
  };
  const second = { ...first, jobs: { success: 2, skipped: 0, failed: 0 } };
  const report = reportOf(demo);
  expect(report).toEqual({
    pipelines: [first, first, second, second],
    // The changed package is there as it was and as it is.
    mirror: { specs: packages.length + 1, signed: packages.length + 1 },
    image: {
      reference: expect.stringMatching(/^127\.0\.0\.1:\d+\/first-light:1$/),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      // `stack-cc` is the compiler's wrapper: it is needed to build, and not to run.
      layers: packages.length - 1,
    },
    second: { rebuilt: ['moon'], layersUploaded: 1, bytesUploaded: expect.any(Number), bytesTotal: expect.any(Number) },
    ran: expect.stringMatching(/^ {2}M2 +Moon, twice a day +12\.4206 +1\.62 +1\.\d\d =+$/m),
  });
  expect(report.pipelines.every(({ seconds }) => seconds > 0)).toBe(true);
  expect(report.second.bytesUploaded).toBeGreaterThan(0);
  expect(report.second.bytesUploaded * 50).toBeLessThan(report.second.bytesTotal);
  expect({ exitCode: demo.exitCode, lines: demo.lines.length }, demo.stderr).toEqual({ exitCode: 0, lines: 1 });
  expect({ wasSeen: demo.wasSeen, leftover: demo.leftover }).toEqual({ wasSeen: true, leftover: [] });
}

/** `setpriv`, if it can turn us into the stranger and node can be run then. */
function strangersPart(): string | undefined {
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      'skipped: the demo as another user (this test is not root, so the demo ran as an ordinary user already)\n',
    );
    return undefined;
  }
  const part = findPart('setpriv');
  if (part === undefined || spawnSync(part, [...asStranger, process.execPath, '--version']).status === 0) return part;
  process.stderr.write('skipped: the demo as another user (who may not run this node)\n');
  return undefined;
}

/** Copies the checkout and gives it to the stranger, so that every write there succeeds and leaves a trace. */
async function giveToStranger(checkout: string): Promise<void> {
  const entries = (await readdir(packageRoot())).filter((name) => name !== '.git');
  await mkdir(checkout);
  await run('cp', ['-a', ...entries.map((name) => join(packageRoot(), name)), checkout]);
  await run('chown', ['-R', stranger, folder]);
  await chmod(folder, 0o755);
}

/** A folder of the stranger outside of the test's own. */
async function strangersFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'slipway-demo-test-'));
  onTestFinished(() => rm(made, { recursive: true }));
  await run('chown', [stranger, made]);
  return made;
}

/** Every file below a folder. */
function listing(below: string): readonly string[] {
  return find([below, '-printf', LINE]);
}

/** What the stranger has written to where everybody may write, and what stands at the top of the file system. */
function writtenOutside(): readonly string[] {
  const open = [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'];
  const theirs = find([...new Set(open), '-xdev', '-path', folder, '-prune', '-o', '-user', stranger, '-printf', LINE]);
  return [...theirs, ...find(['/', '/opt', '-maxdepth', '1', '-printf', '%p %y\\n'])];
}

/**
 * Files of other people come and go while `find` looks, and not every machine has every folder: it says so and goes on.
 */
function find(words: readonly string[]): readonly string[] {
  const { error, stdout } = spawnSync('find', words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error !== undefined) throw error;
  return stdout.split('\n');
}

/** Lines that only one of two listings has. */
function changes(before: readonly string[], after: readonly string[]): readonly string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [...before.filter((line) => !now.has(line)), ...after.filter((line) => !old.has(line))];
}
