import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serveStack, type Change, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

let stack: ServedStack;
let before: ReadonlyMap<string, string>;
/** The proxy of a site, which answers for every host. */
const proxy = createServer((_, response) => void response.end('not what was expected'));

beforeAll(async () => {
  proxy.on('connect', (_, socket: Duplex) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    proxy.emit('connection', socket);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  stack = await serveStack({ server: { network: { hosts: [{ host: 'sources.site.test' }], proxy: address } } });
  expect(await stack.finalStatus(await stack.push('main', smallStack))).toMatchObject({ state: 'success' });
});
beforeEach(async () => {
  before = await stack.mirror();
});
afterAll(async () => {
  await stack.close();
  proxy.close();
});

/** Pushes a change to a branch, and gives how it ended. */
async function pushed(branch: string, change: Change) {
  const sha = await stack.push(branch, change);
  const { state, description } = await stack.finalStatus(sha);
  return { state, description, jobs: await stack.jobs(sha) };
}

/** Marks a pull request's prefix as a mirror before its jobs begin; beside it is the record of the index. */
const PREPARED = /^pr\/\d+\/(?:v3\/layout\.json$|\.slipway\/)/;

/** The protected mirror is as it was; of pull requests it holds nothing that is not in `allowed`. */
async function expectMirrorAsBefore(allowed: RegExp = /^$/): Promise<void> {
  const after = await stack.mirror();
  expect(after.size, 'the mirror holds what was built first').toBeGreaterThan(6);
  const changed = [...after].filter(([key, digest]) => before.get(key) !== digest).map(([key]) => key);
  const news = changed.filter((key) => !PREPARED.test(key));
  expect(news.filter((key) => !(key.startsWith('pr/') && allowed.test(key)))).toEqual([]);
  expect([...before.keys()].filter((key) => !after.has(key))).toEqual([]);
}

/** The same branch without its fault passes. */
async function expectGoodPush(branch: string): Promise<void> {
  expect(await pushed(branch, {})).toMatchObject({ state: 'success' });
}

/** The lines of a log that our commands wrote to report a fault: each with the line of its hint. */
function faults(log: string | undefined): string {
  const lines = (log ?? '').split('\n');
  const first = lines.findIndex((line) => /(^|: )error: /.test(line));
  const last = lines.findLastIndex((line) => /^\s*hint: /.test(line));
  return lines.slice(first, last + 1).join('\n');
}

test('a failing step: command, status, last lines and place are reported, dependents skipped, the rest built', async () => {
  const leaf = smallStack['recipes/leaf.yaml'].replace(
    'install: |\n',
    'install: |\n  echo one; echo two\n  ls /nowhere-at-all\n',
  );
  const other = smallStack['recipes/other.yaml'].replace('echo other', 'echo more');
  const { state, description, jobs } = await pushed('step', { 'recipes/leaf.yaml': leaf, 'recipes/other.yaml': other });
  expect({ state, description }).toEqual({
    state: 'failure',
    description: expect.stringMatching(/^leaf@1\.0 failed in phase `install` \[compile\]: .* \(1 skipped\)$/),
  });
  expect(faults(jobs.get('leaf@1.0')?.log)).toMatchInlineSnapshot(`
    "error: Package \`leaf\` failed in step \`install\` (recipes/leaf.yaml:3:1) with exit status 2 at \`echo one; echo two …\`. [BUILD_STEP_FAILED]
      | one
      | two
      | ls: cannot access '/nowhere-at-all': No such file or directory
    hint: Read the whole log. Correct the step or the source of \`leaf\`, and push again."
  `);
  expect([...jobs].map(([name, { status }]) => `${name} ${status}`).toSorted()).toEqual([
    'build failed',
    'generate success',
    'leaf@1.0 failed',
    'other@1.0 success',
    'tool@1.0 skipped',
  ]);
  await expectMirrorAsBefore(/\/other-1\.0-|\/index\/|\/blobs\//);
  expect([...(await stack.mirror()).keys()].filter((key) => /^pr\/.*\/(?:leaf|tool)/.test(key))).toEqual([]);
  await expectGoodPush('step');
});

test('a dependency that does not exist is named at its line', async () => {
  const tool = smallStack['recipes/tool.yaml'].replace('[leaf]', '[leaf, nothing]');
  const { state, description, jobs } = await pushed('missing', { 'recipes/tool.yaml': tool });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "generate failed [configuration]: recipes/tool.yaml:5:16: There is no recipe for \`nothing\`, a dependency of \`tool\`",
      "state": "failure",
    }
  `);
  expect(faults(jobs.get('generate')?.log)).toMatchInlineSnapshot(`
    "recipes/tool.yaml:5:16: error: There is no recipe for \`nothing\`, a dependency of \`tool\`. [RECIPE_UNKNOWN_DEPENDENCY]
      hint: Write recipes/nothing.yaml, or name one of leaf, other, tool."
  `);
  expect(jobs.get('build')?.status).toBe('skipped');
  await expectMirrorAsBefore();
  await expectGoodPush('missing');
});

test('a cycle is named whole', async () => {
  const leaf = `${smallStack['recipes/leaf.yaml']}depends:\n  build: [tool]\n`;
  const { state, description, jobs } = await pushed('cycle', { 'recipes/leaf.yaml': leaf });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "generate failed [configuration]: recipes/leaf.yaml:7:11: Packages depend on each other in a cycle: tool → leaf → tool",
      "state": "failure",
    }
  `);
  expect(faults(jobs.get('generate')?.log)).toMatchInlineSnapshot(`
    "recipes/leaf.yaml:7:11: error: Packages depend on each other in a cycle: tool → leaf → tool. [RECIPE_CYCLE]
      hint: Remove one of these dependencies."
  `);
  await expectMirrorAsBefore();
  await expectGoodPush('cycle');
});

test('a wrong sha256 of a source is reported with the right one, and the file is not kept', async () => {
  // Over HTTP, as sources come: jobs do not see this machine's temporary files, nor its loopback.
  const url = 'http://sources.site.test/archive';
  const actual = createHash('sha256').update('not what was expected').digest('hex');
  const wanted = 'a1'.repeat(32);
  const source = `source: { url: "${url}", sha256: ${wanted} }\n`;
  const { state, description, jobs } = await pushed('sum', {
    'recipes/leaf.yaml': smallStack['recipes/leaf.yaml'] + source,
  });
  expect(state).toBe('failure');
  expect(description).toMatch(/^leaf@1\.0 failed \[source\]: The source http:.* \(1 skipped\)$/);
  expect(faults(jobs.get('leaf@1.0')?.log)).toBe(
    `error: The source ${url} of recipe \`leaf\` has the SHA-256 ${actual}, but the recipe expects ${wanted}, so it was discarded. [RECIPE_SOURCE_CHECKSUM]\n` +
      'hint: Find out who changed the file. If the new file is right, update `sha256` in the recipe.',
  );
  await expectMirrorAsBefore();
  await expectGoodPush('sum');
});

test('a spack.yaml that is no YAML is reported with its place', async () => {
  const { state, description, jobs } = await pushed('spack', {
    'spack.yaml': 'spack:\n  specs: [tool\n  view: false\n',
  });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "generate failed [configuration]: spack.yaml:3:3: A bracket or quote is not closed, or the line is not indented enough",
      "state": "failure",
    }
  `);
  expect(faults(jobs.get('generate')?.log)).toMatchInlineSnapshot(`
    "spack.yaml:3:3: error: A bracket or quote is not closed, or the line is not indented enough. [YAML_SYNTAX]
      hint: Check the indentation, quotes and brackets on this line and above it."
  `);
  await expectMirrorAsBefore();
  await expectGoodPush('spack');
});

test('a recipe that is no YAML is reported with its place', async () => {
  const { state, description, jobs } = await pushed('recipe', {
    'recipes/leaf.yaml': 'name: leaf\nversion: "1.0"\ninstall: [\n',
  });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "generate failed [configuration]: recipes/leaf.yaml:4:1: A bracket or quote is not closed, or the line is not indented enough",
      "state": "failure",
    }
  `);
  expect(faults(jobs.get('generate')?.log)).toMatchInlineSnapshot(`
    "recipes/leaf.yaml:4:1: error: A bracket or quote is not closed, or the line is not indented enough. [YAML_SYNTAX]
      hint: Check the indentation, quotes and brackets on this line and above it."
  `);
  await expectMirrorAsBefore();
  await expectGoodPush('recipe');
});

test('a slipway.yaml that is no YAML is reported before any job runs', async () => {
  const { state, description, jobs } = await pushed('policy', { 'slipway.yaml': 'images:\n  - repository: [\n' });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "slipway.yaml:3:1: A bracket or quote is not closed, or the line is not indented enough",
      "state": "error",
    }
  `);
  expect(jobs.size).toBe(0);
  await expectMirrorAsBefore();
  await expectGoodPush('policy');
});

test('a .gitlab-ci.yml that is no YAML is reported before any job runs', async () => {
  const { state, description, jobs } = await pushed('ci', { '.gitlab-ci.yml': 'job:\n  script: [echo\n  bad\n' });
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": ".gitlab-ci.yml:3:3: The pipeline is not valid YAML: a bracket or quote is not closed, or the line is not indented enough",
      "state": "error",
    }
  `);
  expect(jobs.size).toBe(0);
  await expectMirrorAsBefore();
  await expectGoodPush('ci');
});

test('a merge conflict is reported with its files and what to do', async () => {
  const { git } = stack.repository;
  await stack.push('conflict', { 'src/tool/tool.c': 'int main(void) { return 1 - 1; }\n' });
  const main = await stack.push('main', { 'src/tool/tool.c': 'int main(void) { return 0 * 2; }\n' });
  expect(await stack.finalStatus(main)).toMatchObject({ state: 'success' });
  before = await stack.mirror();
  await git('checkout', '--quiet', 'conflict');
  await git('commit', '--quiet', '--allow-empty', '--message', 'Ask again');
  await git('push', '--quiet', 'origin', 'conflict');
  const sha = await git('rev-parse', 'HEAD');
  const { state, description } = await stack.finalStatus(sha);
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "Conflicts with main: src/tool/tool.c (merge main into the branch, and push)",
      "state": "error",
    }
  `);
  expect((await stack.jobs(sha)).size).toBe(0);
  await expectMirrorAsBefore();
  await expectGoodPush('conflict');
});

test('a tag on a commit of no protected branch is refused, with the reason and the remedy', async () => {
  const sha = await stack.push('aside', {
    'recipes/other.yaml': smallStack['recipes/other.yaml'].replace('echo other', 'echo aside'),
  });
  expect(await stack.finalStatus(sha)).toMatchObject({ state: 'success' });
  before = await stack.mirror();
  await stack.repository.tag('rev-aside');
  const { state, description } = await stack.finalStatus(sha, 'slipway/image');
  expect({ state, description }).toMatchInlineSnapshot(`
    {
      "description": "\`rev-aside\` of \`small-stack\` was not published: its commit is on no protected branch (Merge the commit into \`main\` first, then tag it.)",
      "state": "failure",
    }
  `);
  expect(stack.publications()).toMatchObject([{ tag: 'aside', state: 'refused' }]);
  await expectMirrorAsBefore();
});

test('a tag whose protected pipeline failed is refused, and one on the fixed commit is published', async () => {
  const broken = await stack.push('main', {
    'recipes/other.yaml': smallStack['recipes/other.yaml'].replace('chmod +x', 'chmod +x /nowhere-at-all'),
  });
  expect(await stack.finalStatus(broken)).toMatchObject({
    state: 'failure',
    description: expect.stringContaining('other@1.0 failed in phase `install` [compile]'),
  });
  await expectMirrorAsBefore();
  await stack.repository.tag('rev-bad');
  const { state, description } = await stack.finalStatus(broken, 'slipway/image');
  expect({ state, description }).toEqual({
    state: 'failure',
    description: expect.stringMatching(
      /^`rev-bad` of `small-stack` was not published: pipeline \d+ of this tree ended as failed \(Fix the stack, merge, and tag again\.\)$/,
    ),
  });
  expect(stack.publications().at(-1)).toMatchObject({ tag: 'bad', state: 'refused' });
  await expectMirrorAsBefore();
  const fixed = await stack.push('main', { 'recipes/other.yaml': smallStack['recipes/other.yaml'] });
  await stack.repository.tag('rev-good');
  expect(await stack.finalStatus(fixed)).toMatchObject({ state: 'success' });
  expect(await stack.finalStatus(fixed, 'slipway/image')).toMatchObject({ state: 'success' });
});
