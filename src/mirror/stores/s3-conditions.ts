import { hasCode, sha256 } from '../../kit/index.ts';
import { drained, type S3Connection } from './s3-connection.ts';

/**
 * Whether the server keeps the conditions of a put (`If-None-Match: *`, `If-Match`); many that speak S3 take them
 * and write all the same. Found out once, with an object of its own that is removed again. A server that lets us
 * write no such object (slipway's gateway) is believed to keep them.
 */
export async function keepsConditions(connection: S3Connection): Promise<boolean> {
  const key = `.slipway-probe-${sha256(String((connection.options.retry?.random ?? Math.random)())).slice(0, 16)}`;
  const put = (headers: Record<string, string>) =>
    connection.request({ method: 'PUT', key, body: Buffer.from('probe'), headers }, drained).then(
      () => 'written' as const,
      (error: unknown) => {
        if (hasCode(error, 'MIRROR_STORE_CONFLICT')) return 'refused' as const;
        if (hasCode(error, 'MIRROR_STORE_DENIED')) return 'denied' as const;
        return 'failed' as const;
      },
    );
  const first = await put({});
  if (first !== 'written') return true;
  const [absent, match] = [await put({ 'if-none-match': '*' }), await put({ 'if-match': `"${'0'.repeat(32)}"` })];
  await connection.request({ method: 'DELETE', key }, drained).catch(() => undefined);
  return absent === 'refused' && match === 'refused';
}
