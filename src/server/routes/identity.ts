import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';

const KEYS = '/oauth/discovery/keys';

/** Publishes the keys of ID tokens (OpenID Connect Discovery 1.0, section 4) at GitLab's paths, for Jacamar. */
export function identityRoutes({ idTokens, baseUrl }: Pick<CoordinatorContext, 'idTokens' | 'baseUrl'>): Hono {
  const app = new Hono();
  app.get(KEYS, async (c) => c.json({ keys: await idTokens.keys() }));
  app.get('/.well-known/openid-configuration', (c) =>
    c.json({
      issuer: baseUrl(),
      jwks_uri: `${baseUrl()}${KEYS}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: [
        'iss',
        'sub',
        'aud',
        'iat',
        'nbf',
        'exp',
        'jti',
        'project_path',
        'ref',
        'ref_type',
        'ref_protected',
      ],
    }),
  );
  return app;
}
