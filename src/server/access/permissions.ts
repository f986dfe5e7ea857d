import { commandScopes, type RequestCommand, type Scope } from '../../access/index.ts';

/** What a route is about, and the parameter of its path that names it. */
export type Subject = 'stack' | 'bucket' | 'pipeline' | 'job' | 'image' | 'repository' | 'audit';

/** What a route takes. A public stack can be read by everyone. */
export type Permission =
  | { readonly by: 'nothing' }
  /** Everyone is answered; private stacks are left out for those who may not read them. */
  | { readonly by: 'nothing'; readonly isFiltered: true }
  | { readonly by: 'scope'; readonly scope: Scope; readonly subject: Subject; readonly isForJob?: true }
  /** On all stacks. */
  | { readonly by: 'scope'; readonly scope: Scope; readonly subject: 'server' }
  /** The route checks it: it is no principal of `src/access`. */
  | {
      readonly by:
        | 'runner token'
        | 'registration token'
        | 'job token'
        | 'hook token'
        | 'webhook signature'
        | 'S3 signature'
        | 'ID token';
    };

const nothing: Permission = { by: 'nothing' };
const filtered: Permission = { by: 'nothing', isFiltered: true };
const runnerToken: Permission = { by: 'runner token' };
const jobToken: Permission = { by: 'job token' };
const admin: Permission = { by: 'scope', scope: 'admin', subject: 'server' };

const read = (subject: Subject): Permission => ({ by: 'scope', scope: 'read', subject });
/** For the job itself too, and with a bucket for all running jobs of its stack. */
const readOrJob = (subject: 'job' | 'bucket'): Permission => ({ by: 'scope', scope: 'read', subject, isForJob: true });
const run = (subject: Subject): Permission => ({ by: 'scope', scope: 'run', subject });
const command = (name: RequestCommand, subject: Subject): Permission => ({
  by: 'scope',
  scope: commandScopes[name],
  subject,
});

/**
 * What each route of the server takes, by its method and pattern. A server with a route that has no row, or with a row
 * that has no route, does not start. `docs/reference/permissions.md` says what follows for each kind of principal.
 */
export const permissions: Readonly<Record<string, Permission>> = {
  'GET /healthz': nothing,
  'GET /readyz': nothing,
  'GET /metrics': { by: 'scope', scope: 'read', subject: 'server' },

  'POST /api/v4/runners': { by: 'registration token' },
  'POST /api/v4/runners/verify': runnerToken,
  'DELETE /api/v4/runners': runnerToken,
  'DELETE /api/v4/runners/managers': runnerToken,
  'POST /api/v4/runners/reset_authentication_token': runnerToken,
  'POST /api/v4/runners/:id{[0-9]+}/reset_authentication_token': admin,
  'POST /api/v4/user/runners': admin,
  'POST /api/v4/jobs/request': runnerToken,
  'GET /api/v4/job': jobToken,
  'POST /api/v4/projects/:project/trigger/pipeline': jobToken,
  'GET /api/v4/projects/:project/jobs/artifacts/:ref/download': jobToken,
  'GET /api/v4/projects/:project/jobs/artifacts/:ref/raw/*': jobToken,
  'PUT /api/v4/jobs/:id{[0-9]+}': jobToken,
  'PATCH /api/v4/jobs/:id{[0-9]+}/trace': jobToken,
  'POST /api/v4/jobs/:id{[0-9]+}/artifacts': jobToken,
  'GET /api/v4/jobs/:id{[0-9]+}/artifacts': jobToken,
  'GET /:project{[^/]+\\.git}/info/refs': jobToken,
  'POST /:project{[^/]+\\.git}/git-upload-pack': jobToken,
  'POST /:project{[^/]+\\.git}/git-receive-pack': nothing,
  'GET /:group/:project{[^/]+\\.git}/info/refs': jobToken,
  'POST /:group/:project{[^/]+\\.git}/git-upload-pack': jobToken,
  'POST /:group/:project{[^/]+\\.git}/git-receive-pack': nothing,
  'ALL /s3': { by: 'S3 signature' },
  'ALL /s3/*': { by: 'S3 signature' },

  'POST /api/v1/stacks/:stack/identity': { by: 'ID token' },
  'POST /api/v1/stacks/:stack/identity/finish': { by: 'ID token' },

  'POST /hooks/git/:stack': { by: 'hook token' },
  'POST /hooks/:forge': { by: 'webhook signature' },
  'POST /hooks/:forge/:stack': { by: 'webhook signature' },

  'GET /mirrors/:bucket/*': readOrJob('bucket'),
  'GET /v2': filtered,
  'GET /v2/': filtered,
  'GET /v2/token': nothing,
  'GET /v2/*': read('repository'),
  'ALL /v2/*': nothing,
  'GET /keys/cosign.pub': nothing,
  'GET /oauth/discovery/keys': nothing,
  'GET /.well-known/openid-configuration': nothing,

  'GET /api/v1/openapi.json': nothing,
  'GET /api/v1/attention': filtered,
  'GET /api/v1/stacks': filtered,
  'GET /api/v1/stacks/:stack': read('stack'),
  'GET /api/v1/stacks/:stack/packages': read('stack'),
  'GET /api/v1/stacks/:stack/packages/:hash': read('stack'),
  'GET /api/v1/stacks/:stack/packages/:hash/files': read('stack'),
  'GET /api/v1/stacks/:stack/requests/:number': read('stack'),
  'GET /api/v1/stacks/:stack/compare': read('stack'),
  'GET /api/v1/stacks/:stack/quotas': read('stack'),
  'GET /api/v1/notifications': filtered,
  'GET /api/v1/runners': filtered,
  'GET /api/v1/queue': filtered,
  'GET /api/v1/trends': filtered,
  'GET /api/v1/pipelines': filtered,
  'GET /api/v1/pipelines/:id': read('pipeline'),
  'GET /api/v1/pipelines/:id/jobs': read('pipeline'),
  'GET /api/v1/pipelines/:id/change': read('pipeline'),
  'GET /api/v1/pipelines/:id/failure': read('pipeline'),
  'GET /api/v1/pipelines/:id/timeline': read('pipeline'),
  'GET /api/v1/jobs': filtered,
  'GET /api/v1/jobs/:id': read('job'),
  'GET /api/v1/jobs/:id/log': read('job'),
  'GET /api/v1/jobs/:id/log/index': read('job'),
  'GET /api/v1/jobs/:id/log/search': read('job'),
  'GET /api/v1/jobs/:id/reproduction': read('job'),
  'GET /api/v1/jobs/:id/artifacts': read('job'),
  'GET /api/v1/jobs/:id/artifacts/files': read('job'),
  'GET /api/v1/jobs/:id/artifacts/files/*': read('job'),
  'GET /api/v1/jobs/:id/tests': read('job'),
  'GET /api/v1/jobs/:id/tested-locks': readOrJob('job'),
  'GET /api/v4/projects/:project/jobs/:id{[0-9]+}/artifacts': read('job'),
  'GET /api/v1/images/:id': read('image'),
  // The route also requires `read` on the other image.
  'GET /api/v1/images/:id/diff/:other': read('image'),
  'GET /api/v1/images/:id/records': read('image'),
  'GET /api/v1/images/:id/records/:record': read('image'),
  'GET /api/v1/stacks/:stack/images': read('stack'),
  'GET /api/v1/events': filtered,

  // What a pull request pushed is for its team: also of a public stack only the protected root is public.
  'GET /api/v1/jobs/:id{[0-9]+}/mirror/*': run('job'),
  'POST /api/v1/stacks/:stack/trigger': run('stack'),
  'POST /api/v1/stacks/:stack/images/retry': run('stack'),
  'POST /api/v1/stacks/:stack/images/rebase': run('stack'),
  'POST /api/v1/stacks/:stack/requests/:number/approve': command('approve', 'stack'),
  'POST /api/v1/stacks/:stack/requests/:number/run': command('run', 'stack'),
  'POST /api/v1/stacks/:stack/requests/:number/rebuild': command('rebuild', 'stack'),
  'POST /api/v1/stacks/:stack/block': { by: 'scope', scope: 'approve', subject: 'stack' },
  'POST /api/v1/stacks/:stack/unblock': { by: 'scope', scope: 'approve', subject: 'stack' },
  'POST /api/v1/jobs/:id{[0-9]+}/retry': run('job'),
  'POST /api/v1/jobs/:id{[0-9]+}/play': run('job'),
  'POST /api/v1/jobs/:id{[0-9]+}/cancel': run('job'),
  'POST /api/v1/pipelines/:id{[0-9]+}/jobs/retry': run('pipeline'),
  'POST /api/v1/pipelines/:id{[0-9]+}/jobs/play': run('pipeline'),
  'POST /api/v1/pipelines/:id{[0-9]+}/jobs/cancel': run('pipeline'),
  'POST /api/v1/pipelines/:id{[0-9]+}/retry': command('retry', 'pipeline'),
  'POST /api/v1/pipelines/:id{[0-9]+}/cancel': command('cancel', 'pipeline'),
  'POST /api/v1/images/:id{[0-9]+}/retry': run('image'),

  'GET /api/v1/audit': { by: 'scope', scope: 'approve', subject: 'audit' },
  'GET /api/v1/audit/export': { by: 'scope', scope: 'approve', subject: 'audit' },
  'GET /api/v1/session': nothing,
  'POST /auth/token': nothing,
  'GET /auth/:provider/sign-in': nothing,
  'GET /auth/:provider/callback': nothing,
  'POST /auth/sign-out': nothing,
  'GET /api/v1/settings': { by: 'scope', scope: 'approve', subject: 'server' },
  'GET /api/v1/tokens': admin,
  'POST /api/v1/tokens': admin,
  'POST /api/v1/tokens/:id{[0-9]+}/revoke': admin,
  'POST /api/v1/sessions/end': admin,
  'POST /api/v1/runners': admin,
  'PUT /api/v1/runners/:id{[0-9]+}': admin,
  'POST /api/v1/runners/:id{[0-9]+}/pause': admin,
  'POST /api/v1/runners/:id{[0-9]+}/resume': admin,
  'POST /api/v1/runners/:id{[0-9]+}/remove': admin,
  'POST /api/v1/runners/:id{[0-9]+}/rotate': admin,
  'POST /api/v1/runners/registration': admin,
  'POST /api/v1/runners/registration/end': admin,

  'GET /assets/*': nothing,
  'GET /favicon.svg': nothing,
  'GET /': nothing,
  'GET /stacks/*': nothing,
  'GET /pipelines/*': nothing,
  'GET /jobs/*': nothing,
  'GET /images/*': nothing,
  'GET /settings': nothing,
  'GET /sign-in': nothing,
  'GET /runners': nothing,
  'GET /queue': nothing,
  'GET /trends': nothing,
  'GET /activity': nothing,
  'GET /docs': nothing,
  'GET /docs/*': nothing,
};
