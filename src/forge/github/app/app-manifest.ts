/** What an App is created with. */
interface AppRequest {
  /** Name of the App, which no other App of the site may have. */
  readonly name: string;
  /** Base URL of the server; without it, the App has no webhook. */
  readonly baseUrl?: string;
  /** Where GitHub sends the browser once the App is created. */
  readonly redirectUrl: string;
  /** Page about the App for people. */
  readonly homepage: string;
}

const PERMISSIONS = {
  checks: 'write',
  contents: 'read',
  issues: 'write',
  merge_queues: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'write',
};
/** Those that wake the server; GitHub sends clicks on the App's own checks without being asked. */
const EVENTS = ['check_run', 'check_suite', 'create', 'issue_comment', 'merge_group', 'pull_request', 'push'];

/** Returns the description that GitHub creates an App from ("Registering a GitHub App from a manifest"). */
export function appManifest({ name, baseUrl, redirectUrl, homepage }: AppRequest): object {
  const webhook = { hook_attributes: { url: `${baseUrl}/hooks/github` }, default_events: EVENTS };
  return {
    name,
    url: homepage,
    redirect_url: redirectUrl,
    public: false,
    default_permissions: PERMISSIONS,
    ...(baseUrl === undefined ? {} : webhook),
  };
}
