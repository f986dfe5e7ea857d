import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { Secret, isSameToken, messageOf } from '../../../kit/index.ts';
import { siteUrl } from '../addresses.ts';
import { githubError } from '../errors.ts';
import { appManifest } from './app-manifest.ts';
import { connectPage, messagePage } from './connect-page.ts';
import { convertManifest, type ConversionOptions, type CreatedApp } from './convert-manifest.ts';

export interface ConnectOptions extends ConversionOptions {
  /** Organization that owns the App; without it, the person who creates it does. */
  readonly organization?: string;
  /** Name of the App, which no other App of the site may have. */
  readonly name: string;
  /** Base URL of the server; without it, the App has no webhook. */
  readonly baseUrl?: string;
  /** Port of the page; 0 takes a free one. */
  readonly port: number;
}

/** A page that waits for its person. */
export interface GithubConnection {
  /** Address of the page, on the loopback. */
  readonly url: string;
  /** Resolves once GitHub has created the App and given its secrets; fails if it does not give them. */
  readonly created: Promise<CreatedApp>;
  close(): Promise<void>;
}

const CODE = /^[\w-]{1,200}$/;

/**
 * Serves a page on the loopback with a button that creates a GitHub App, and receives what GitHub created. Only the first
 * answer that carries the state of this page counts.
 */
export async function connectGithub(options: ConnectOptions): Promise<GithubConnection> {
  const state = randomBytes(24).toString('base64url');
  let finish: (code: Secret) => Promise<CreatedApp>;
  const created = new Promise<CreatedApp>((resolve, reject) => {
    finish = (code) => {
      const app = convertManifest(code, options);
      app.then(resolve, reject);
      return app;
    };
  });
  // The caller gets the failure where it waits.
  created.catch(() => undefined);
  let url = '';
  let isReceived = false;
  const app = new Hono();
  app.use('*', async (c, next) => {
    // A page elsewhere can point its own name at this address.
    if (new URL(c.req.url).host !== new URL(url).host) return c.text('Not found', 404);
    await next();
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  });
  app.get('/', (c) => c.html(connectPage({ action: actionOf(options, state), manifest: manifestOf(options, url) })));
  app.get('/created', async (c) => {
    const { code = '', state: given = '' } = c.req.query();
    if (!isSameToken(given, state) || !CODE.test(code)) return refuse(c, 'This answer does not belong to this page.');
    if (isReceived) return refuse(c, 'The answer was received before.');
    isReceived = true;
    try {
      return c.redirect((await finish(new Secret(code))).installPage);
    } catch (error) {
      return c.html(messagePage(messageOf(error)), 502);
    }
  });
  const { address, close } = await listen(app, options.port);
  url = address;
  return { url, created, close };
}

function actionOf({ apiUrl, organization }: ConnectOptions, state: string): string {
  const owner = organization === undefined ? '' : `/organizations/${encodeURIComponent(organization)}`;
  return `${siteUrl(apiUrl)}${owner}/settings/apps/new?state=${state}`;
}

function manifestOf({ name, baseUrl, apiUrl }: ConnectOptions, url: string): object {
  return appManifest({ name, baseUrl, redirectUrl: `${url}/created`, homepage: baseUrl ?? siteUrl(apiUrl) });
}

function refuse(c: Context, text: string): Response | Promise<Response> {
  return c.html(messagePage(text), 400);
}

async function listen(app: Hono, port: number): Promise<{ address: string; close: () => Promise<void> }> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(githubError('FORGE_GITHUB_PAGE_FAILED', { port, reason: messageOf(error) })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
