import { join } from 'node:path';
import { execa } from 'execa';

/** PEM files of a certificate for 127.0.0.1 that is self-signed. */
export async function selfSigned(
  openssl: string,
  folder: string,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=slipway test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await execa(openssl, ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate]);
  return { certificate, key };
}
