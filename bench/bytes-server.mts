import { join } from 'node:path';
import { Hono } from 'hono';
import { pino } from 'pino';
import { folderStore } from '../src/mirror/index.ts';
import { openLayout } from '../src/oci/index.ts';
import { gatewayRoutes } from '../src/server/gateway/gateway.ts';
import { listen } from '../src/server/listen.ts';
import { registryRoutes } from '../src/server/registry.ts';

/** Run by `bench/bytes.ts` in a process of its own: our gateway and our registry over a folder. Prints its address. */
const [folder = ''] = process.argv.slice(2);
const store = folderStore(join(folder, 'mirror'), { durable: false });
const grant = { job: '1', buckets: ['stack'], readPrefixes: [''], writePrefix: '', hashes: new Set<string>() };
await openLayout(join(folder, 'layout'), { create: true });

const app = new Hono();
const port = {
  credentials: async () => ({ secretAccessKey: 'secret', grant }),
  store: () => store,
  acceptManifest: async () => undefined,
  scratch: join(folder, 'scratch'),
  kept: join(folder, 'kept'),
  log: pino({ level: 'silent' }),
};
app.route('/', gatewayRoutes(port));
app.route('/', registryRoutes(join(folder, 'layout')));
const { url } = await listen(app, { address: '127.0.0.1:0' });
process.stdout.write(`${url}\n`);
