import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { registryClient, type ImageTarget, type RegistryCredentials } from '../../src/oci/index.ts';
import { testRegistry, type TestRegistry, type TestRegistryOptions } from './registry.ts';

/** A registry in memory on a port of the loopback. */
export interface ServedRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly registry: TestRegistry;
  repository(name: string, credentials?: RegistryCredentials): ImageTarget;
}

/** Starts one for a test. */
export async function serveRegistry(options: TestRegistryOptions = {}): Promise<ServedRegistry> {
  const registry = testRegistry(options);
  const server = createAdaptorServer({ fetch: registry.fetch, createServer });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = (name: string, credentials?: RegistryCredentials) =>
    registryClient({ registry: host, repository: name, access: 'push', credentials });
  return { host, registry, repository };
}
