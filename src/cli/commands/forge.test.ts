import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { confirmApp, readForm } from '../../../test/support/connect-browser.ts';
import { githubStandIn } from '../../../test/support/github.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { loadServerSettings } from '../../coordinator/index.ts';
import { main } from '../main.ts';

const CONFIGURATION = 'baseUrl: https://ci.example.org/\nstacks: []\n';

/** A GitHub, a folder with a configuration, and the command once it waits for its person. */
async function prepare({
  words = [],
  configuration = CONFIGURATION,
}: { words?: string[]; configuration?: string } = {}) {
  const github = await githubStandIn();
  const apiUrl = await github.listen();
  onTestFinished(() => github.dispose());
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'slipway.server.yaml'), configuration);
  const start = () => {
    const { terminal, stdout, stderr } = collectedTerminal();
    const interruption = new AbortController();
    const { signal } = interruption;
    const line = ['forge', 'connect', 'github', '--organization', 'example-lab', '--api-url', apiUrl, ...words];
    const ended = main(line, { env: {}, cwd, terminal, signal });
    const page = async () => {
      await expect.poll(stderr).toMatch(/http:\/\/127\S+/);
      return /http:\/\/127\S+/.exec(stderr())?.[0] ?? '';
    };
    return { ended, page, stdout, stderr, interrupt: () => interruption.abort() };
  };
  const names = async () => (await readdir(cwd)).toSorted();
  return { github: github.githubApp, apiUrl, cwd, start, names };
}

test('an App is created, its secrets are stored for this user alone, and the section printed can be used', async () => {
  const { github, apiUrl, cwd, start } = await prepare();
  const { ended, page, stdout, stderr } = start();
  const form = await readForm(await page());
  expect(JSON.parse(form.manifest)).toMatchObject({
    name: 'Slipway example-lab',
    hook_attributes: { url: 'https://ci.example.org/hooks/github' },
  });
  await fetch(await confirmApp(form), { redirect: 'manual' });
  expect(await ended).toBe(0);
  const [key, secret] = ['github-app.pem', 'github-app.secret'].map((name) => join(cwd, name)) as [string, string];
  expect([await readFile(key, 'utf8'), await readFile(secret, 'utf8')]).toEqual([github.pem, github.webhookSecret]);
  for (const file of [key, secret]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(stderr()).toContain('https://github.example.org/apps/slipway-of-the-lab/installations/new');
  expect(stdout() + stderr()).not.toMatch(new RegExp(`PRIVATE KEY|${github.webhookSecret}`));

  const section = stdout().replace('OWNER/NAME', 'example-lab/stack').replaceAll('\n', '\n    ');
  await writeFile(join(cwd, 'slipway.server.yaml'), `stacks:\n  - name: lab\n    ${section}`);
  const { configuration, reveal } = await loadServerSettings({}, {}, cwd);
  const { app, webhookSecret, ...rest } = configuration.stacks[0]?.github ?? { app: undefined };
  expect(rest).toEqual({ repository: 'example-lab/stack', apiUrl });
  expect(app?.id).toBe('4711');
  const stored = await Promise.all(
    [app?.privateKey, webhookSecret].map(async (source) => source && reveal(source, 'x')),
  );
  expect(stored.map((one) => one?.reveal())).toEqual([github.pem.trimEnd(), github.webhookSecret]);
});

test('an App without a webhook has one file, and --json names it', async () => {
  const { start, names, cwd } = await prepare({ configuration: '', words: ['--json', '--name', 'Ours'] });
  const { ended, page, stdout } = start();
  const form = await readForm(await page());
  expect(JSON.parse(form.manifest)).toMatchObject({ name: 'Ours' });
  await fetch(await confirmApp(form), { redirect: 'manual' });
  expect(await ended).toBe(0);
  const address = 'https://github.example.org/apps/slipway-of-the-lab';
  const privateKey = join(cwd, 'github-app.pem');
  expect(JSON.parse(stdout())).toEqual({
    id: 4711,
    page: address,
    install: `${address}/installations/new`,
    privateKey,
  });
  expect(await names()).toEqual(['github-app.pem', 'slipway.server.yaml']);
});

test('a command that is interrupted leaves nothing, and existing files are kept', async () => {
  const { start, names, cwd } = await prepare();
  const first = start();
  await first.page();
  expect(await names()).toHaveLength(3);
  first.interrupt();
  expect(await first.ended).toBe(130);
  expect(await names()).toEqual(['slipway.server.yaml']);

  await writeFile(join(cwd, 'github-app.secret'), 'older');
  const second = start();
  expect(await second.ended).toBe(2);
  expect(second.stderr()).toContain('FILE_EXISTS');
  expect(await names()).toEqual(['github-app.secret', 'slipway.server.yaml']);
});
