import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { confirmApp, readForm } from '../../../../test/support/connect-browser.ts';
import { githubStandIn, type GithubStandIn } from '../../../../test/support/github.ts';
import { connectGithub, type ConnectOptions, type GithubConnection } from './connect-github.ts';

describe('the page that connects GitHub', () => {
  let github: GithubStandIn;
  let apiUrl: string;
  let connection: GithubConnection;
  beforeEach(async () => {
    github = await githubStandIn();
    apiUrl = await github.listen();
  });
  afterEach(async () => {
    await connection.close();
    await github.dispose();
    expect(github.api.violations).toEqual([]);
  });

  async function open(options: Partial<ConnectOptions> = {}) {
    const all = { apiUrl, name: 'Slipway lab', baseUrl: 'https://ci.example.org', port: 0, wait: async () => {} };
    connection = await connectGithub({ ...all, ...options });
    return connection;
  }
  const visit = (address: string) => fetch(address, { redirect: 'manual' });

  test('creates an App with the permissions and events that the server uses', async () => {
    const { url, created } = await open({ organization: 'example-lab' });
    const form = await readForm(url);
    expect(form.action).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/organizations\/example-lab\/settings\/apps\/new\?state=/);
    const answer = await visit(await confirmApp(form));
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('https://github.example.org/apps/slipway-of-the-lab/installations/new');
    const app = await created;
    expect(app.id).toBe(4711);
    expect(app.privateKey.reveal()).toBe(github.githubApp.pem);
    expect(app.webhookSecret?.reveal()).toBe(github.githubApp.webhookSecret);
    expect(github.githubApp.manifest).toEqual({
      name: 'Slipway lab',
      url: 'https://ci.example.org',
      redirect_url: `${url}/created`,
      public: false,
      hook_attributes: { url: 'https://ci.example.org/hooks/github' },
      default_permissions: {
        checks: 'write',
        contents: 'read',
        issues: 'write',
        merge_queues: 'read',
        metadata: 'read',
        pull_requests: 'write',
        statuses: 'write',
      },
      default_events: ['check_run', 'check_suite', 'create', 'issue_comment', 'merge_group', 'pull_request', 'push'],
    });
  });

  test('of a server that GitHub cannot reach creates an App without a webhook, for the person’s own account', async () => {
    const { url, created } = await open({ baseUrl: undefined });
    const form = await readForm(url);
    expect(new URL(form.action).pathname).toBe('/settings/apps/new');
    await visit(await confirmApp(form));
    expect((await created).webhookSecret).toBeUndefined();
    expect(github.githubApp.manifest).not.toHaveProperty('default_events');
  });

  test('shows the name of the App as it is, and nothing of it as markup', async () => {
    const name = `Lab's <b>"first"</b> & only`;
    const { url } = await open({ name });
    expect(JSON.parse((await readForm(url)).manifest)).toMatchObject({ name });
    expect(await (await visit(url)).text()).not.toContain('<b>');
  });

  test('takes an answer only with its state, and only once', async () => {
    const { url, created } = await open();
    const answer = new URL(await confirmApp(await readForm(url)));
    const forged = new URL(answer);
    forged.searchParams.set('state', 'guessed');
    expect((await visit(forged.href)).status).toBe(400);
    forged.searchParams.delete('state');
    expect((await visit(forged.href)).status).toBe(400);
    const leading = new URL(answer);
    leading.searchParams.set('code', '../../user');
    expect((await visit(leading.href)).status).toBe(400);
    expect((await visit(answer.href)).status).toBe(302);
    expect((await visit(answer.href)).status).toBe(400);
    expect((await created).id).toBe(4711);
  });

  test('serves no other host name, and no frame', async () => {
    const { url } = await open();
    const sent = request(url, { headers: { host: `attacker.example:${new URL(url).port}` } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(404);
    expect((await visit(url)).headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  test('repeats the request for the secrets while GitHub does not answer', async () => {
    github.fail({ on: /conversions/, status: 502, times: 2 });
    const { url, created } = await open();
    await visit(await confirmApp(await readForm(url)));
    expect((await created).id).toBe(4711);
  });

  test('shows why GitHub gave no secrets, and fails without the code', async () => {
    github.fail({ on: /conversions/, status: 404, message: 'Not Found' });
    const { url, created } = await open();
    const address = await confirmApp(await readForm(url));
    const page = await visit(address);
    expect([page.status, await page.text()]).toEqual([502, expect.stringContaining('did not give out the secrets')]);
    const error = await created.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'FORGE_GITHUB_APP_NOT_CREATED' });
    expect(JSON.stringify(error)).not.toContain(new URL(address).searchParams.get('code'));
  });

  test('needs a free port', async () => {
    const { port } = new URL((await open()).url);
    await expect(connectGithub({ apiUrl, name: 'x', port: Number(port) })).rejects.toMatchObject({
      code: 'FORGE_GITHUB_PAGE_FAILED',
    });
  });
});
