import { connect } from 'node:tls';
import { hasCode, plainHost } from '../kit/index.ts';

const LONGEST_MS = 30_000;

/**
 * Returns whether a server speaks TLS, whatever its certificate; undefined if none listens. No byte of HTTP is sent.
 */
export async function speaksTls({ hostname, port }: URL): Promise<boolean | undefined> {
  const host = plainHost(hostname);
  const options = { host, port: port === '' ? 443 : Number(port), rejectUnauthorized: false, timeout: LONGEST_MS };
  return new Promise((resolve) => {
    const socket = connect(options);
    const settle = (isTls: boolean | undefined) => {
      resolve(isTls);
      socket.destroy();
    };
    socket.once('secureConnect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', (error) => settle(hasCode(error, 'ECONNREFUSED') ? undefined : false));
  });
}
