import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface AwsMetadata {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Method and path of each request. */
  readonly requests: string[];
  /** Statuses of the next answers, one each. */
  readonly faults: number[];
}

const TOKEN = 'session-of-the-machine';
const ROLES = '/latest/meta-data/iam/security-credentials/';

/**
 * What a machine of EC2 with a role (`role`; undefined: without one) gets at 169.254.169.254 in version 2 of its
 * metadata service, and, below `/task`, a container with the authorization `agent`.
 */
export async function startAwsMetadata(role: string | undefined): Promise<AwsMetadata> {
  const requests: string[] = [];
  const faults: number[] = [];
  const issued = (AccessKeyId: string) =>
    JSON.stringify({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId,
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: '2026-12-01T06:00:00Z',
    });
  const server = createServer(({ method, url = '/', headers }, response) => {
    requests.push(`${method} ${url}`);
    const answer = (status: number, text = '') => response.writeHead(status).end(text);
    const fault = faults.shift();
    if (fault !== undefined) return answer(fault);
    if (url === '/task') return headers.authorization === 'agent' ? answer(200, issued('AKTASK')) : answer(403);
    if (url === '/latest/api/token')
      return method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] ? answer(200, TOKEN) : answer(405);
    if (headers['x-aws-ec2-metadata-token'] !== TOKEN) return answer(401);
    if (role === undefined) return answer(404);
    if (url === ROLES) return answer(200, role);
    return url === ROLES + role ? answer(200, issued('AKROLE')) : answer(404);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, faults };
}
