import type { Operation } from '../../protocol/index.ts';
import { permissions, type Permission } from '../access/permissions.ts';

/** Alternatives, as in OpenAPI: each a map of schemes. The empty map is a request without a credential. */
type Security = readonly Readonly<Record<string, readonly string[]>>[];

interface Requirement {
  /** A sentence for people. */
  readonly text: string;
  readonly security: Security;
}

export const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'An access token, from `slipway token create`.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'slipway-session',
    description:
      'The session of a browser; with HTTPS its name is `__Host-slipway-session`. Actions also need the header ' +
      '`X-Slipway-Page` with any value.',
  },
  job: { type: 'apiKey', in: 'header', name: 'JOB-TOKEN', description: 'The token of a running job, `CI_JOB_TOKEN`.' },
  hook: { type: 'http', scheme: 'bearer', description: 'The `hookToken` of a stack.' },
  identity: {
    type: 'http',
    scheme: 'bearer',
    description: 'An ID token of another CI system; for the end of its pipeline the token that it was exchanged for.',
  },
} as const;

const none = {};
const signedIn: Security = [{ token: [] }, { session: [] }];

/** Returns what the row of an operation in the table of permissions requires of the sender. */
export function requirementOf({ method, path }: Operation): Requirement {
  const template = `${method.toUpperCase()} ${path}`;
  const [, permission] = Object.entries(permissions).find(([route]) => templateOf(route) === template) ?? [];
  if (permission === undefined) throw new Error(`The table of permissions has no row for ${template}`);
  return requirementFor(permission);
}

function requirementFor(permission: Permission): Requirement {
  switch (permission.by) {
    case 'scope':
      return scopeRequirement(permission);
    case 'hook token':
      return { text: 'Open to everybody. The body requires the hook token.', security: [none, { hook: [] }] };
    case 'ID token':
      return { text: 'Requires an ID token.', security: [{ identity: [] }] };
    case 'webhook signature':
      return { text: 'Requires the signature or the token of a webhook.', security: [none] };
    case 'nothing':
      return 'isFiltered' in permission
        ? { text: 'Leaves out private stacks that the sender may not read.', security: [none, ...signedIn] }
        : { text: 'Open to everybody.', security: [none] };
    default:
      throw new Error(`A REST operation takes no ${permission.by}`);
  }
}

function scopeRequirement(permission: Extract<Permission, { by: 'scope' }>): Requirement {
  const { scope, subject } = permission;
  const forJob = 'isForJob' in permission;
  const where = subject === 'server' ? 'all stacks' : 'the stack';
  const text = `Requires the scope \`${scope}\` on ${where}`;
  if (scope !== 'read' || subject === 'server') return { text: `${text}.`, security: signedIn };
  const job = forJob ? ' The running job may read it too.' : '';
  const security = [none, ...signedIn, ...(forJob ? [{ job: [] }] : [])];
  return { text: `${text} if it is private.${job}`, security };
}

/** Returns a route with its parameters as OpenAPI writes them: `GET /api/v1/jobs/{id}`. */
export function templateOf(route: string): string {
  return route.replace(/:(\w+)(?:\{\[0-9\]\+\})?/g, '{$1}').replace(/\*$/, '{path}');
}
