import { serve, type ServerType } from '@hono/node-server';
import type { Lab } from './coordinator.ts';
import type { AssignedJob } from '../../src/pipeline/index.ts';
import { labApp } from './lab-app.ts';

/** A lab's whole server on a port of the loopback. */
export interface LabGateway {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What S3 clients read of a job's environment: its credentials, and this server's address. */
  variables(job: AssignedJob): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function serveLab(lab: Lab): Promise<LabGateway> {
  const app = labApp(lab);
  let server: ServerType | undefined;
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => resolve(address.port));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    variables: (job) => {
      const own = new Map(job.variables.map(({ key, value }) => [key, value]));
      const value = (name: string) => own.get(name) ?? '';
      return {
        AWS_ACCESS_KEY_ID: value('AWS_ACCESS_KEY_ID'),
        AWS_SECRET_ACCESS_KEY: value('AWS_SECRET_ACCESS_KEY'),
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        S3_ENDPOINT_URL: `${url}/s3`,
        AWS_ENDPOINT_URL_S3: `${url}/s3`,
        SLIPWAY_MIRROR: value('SLIPWAY_MIRROR'),
        no_proxy: '127.0.0.1',
      };
    },
    close: () => new Promise<void>((resolve) => server?.close(() => resolve())),
  };
}
