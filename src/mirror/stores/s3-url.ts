interface S3Address {
  readonly endpoint: string;
  readonly bucket: string;
  readonly addressing?: 'path' | 'virtual';
}

/** The URL of an object, or of the bucket without a key. */
export function s3Url(
  address: S3Address,
  key: string | undefined,
  query: Readonly<Record<string, string>> = {},
): string {
  const base = new URL(address.endpoint);
  const root = `${base.origin}${base.pathname}`.replace(/\/+$/, '');
  const bucket =
    address.addressing === 'virtual'
      ? root.replace('://', `://${address.bucket}.`)
      : `${root}/${address.bucket.split('/').map(encode).join('/')}`;
  const path = key === undefined ? '' : `/${key.split('/').map(encode).join('/')}`;
  const words = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const slash = path === '' && address.addressing === 'virtual' ? '/' : '';
  return `${bucket}${path}${slash}${words.length === 0 ? '' : `?${words.join('&')}`}`;
}

/** RFC 3986, as the signature's canonical form has it. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
