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
  close(): Promise<void>;
}

/** Starts one; the caller closes it. */
export async function openRegistry(options: TestRegistryOptions = {}): Promise<ServedRegistry> {
  const registry = testRegistry(options);
  const server = createAdaptorServer({ fetch: registry.fetch, createServer });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = (name: string, credentials?: RegistryCredentials) =>
    registryClient({ registry: host, repository: name, access: 'push', credentials });
  const close = async () => {
    await new Promise<unknown>((resolve) => void server.close(resolve));
  };
  return { host, registry, repository, close };
}

/** Starts one for a test. */
export async function serveRegistry(options: TestRegistryOptions = {}): Promise<ServedRegistry> {
  const served = await openRegistry(options);
  onTestFinished(() => served.close());
  return served;
}
