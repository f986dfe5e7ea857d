import { describe, expect, test } from 'vitest';
import { sha256 } from '../../kit/index.ts';
import { readSignature, verifySignature, type SignedRequest } from './s3-signature.ts';

/** The examples of AWS's "Authenticating requests" pages of S3, with the key that AWS gives there. */
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const url = 'https://examplebucket.s3.amazonaws.com';
const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const at = (text: string) => ({ now: () => Date.parse(text) });
const then = at('2013-05-24T00:00:00Z');

function signed(
  path: string,
  options: { headers?: Record<string, string>; names: string; signature: string },
): SignedRequest {
  const { headers = {}, names, signature } = options;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`;
  const standard = { 'x-amz-date': '20130524T000000Z', 'x-amz-content-sha256': sha256('') };
  return { method: 'GET', url: new URL(url + path), headers: new Headers({ ...standard, authorization, ...headers }) };
}

const getObject = signed('/test.txt', {
  headers: { range: 'bytes=0-9' },
  names: 'host;range;x-amz-content-sha256;x-amz-date',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
});
const listObjects = signed('/?max-keys=2&prefix=J', {
  names: 'host;x-amz-content-sha256;x-amz-date',
  signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
});
const presigned: SignedRequest = {
  method: 'GET',
  url: new URL(
    `${url}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=20130524T000000Z` +
      '&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  ),
  headers: new Headers(),
};

function verify(request: SignedRequest, clock = then, key = secret) {
  return verifySignature(request, readSignature(request), { secret: key, clock });
}

describe('signature version 4', () => {
  test.each([
    ['GET of an object', getObject],
    ['a list', listObjects],
    ['a presigned URL', presigned],
  ])('the example of AWS is accepted: %s', (_what, request) => {
    expect(readSignature(request).accessKeyId).toBe('AKIAIOSFODNN7EXAMPLE');
    expect(verify(request).scope).toBe('20130524/us-east-1/s3/aws4_request');
  });

  test('another secret, method, path, query or signed header is refused', () => {
    const headers = new Headers(getObject.headers);
    headers.set('range', 'bytes=0-10');
    const wrong = [
      { ...getObject, method: 'PUT' },
      { ...getObject, url: new URL(`${url}/test.txt2`) },
      { ...getObject, url: new URL(`${url}/test.txt?prefix=J`) },
      { ...getObject, headers },
    ];
    for (const request of wrong) expect(() => verify(request)).toThrow(/signature of the request/i);
    expect(() => verify(getObject, then, 'another')).toThrow(/signature of the request/i);
  });

  test('a request is good for 15 minutes before and after its date', () => {
    for (const near of ['2013-05-23T23:45:00Z', '2013-05-24T00:15:00Z'])
      expect(() => verify(getObject, at(near))).not.toThrow();
    for (const far of ['2013-05-23T23:44:59Z', '2013-05-24T00:15:01Z']) {
      expect(() => verify(getObject, at(far))).toThrow(
        expect.objectContaining({ code: 'GATEWAY_REQUEST_TIME_TOO_SKEWED' }),
      );
    }
  });

  test('a presigned URL is good until it expires', () => {
    expect(() => verify(presigned, at('2013-05-25T00:00:00Z'))).not.toThrow();
    expect(() => verify(presigned, at('2013-05-25T00:00:01Z'))).toThrow('Request has expired');
  });

  test("a header of Amazon's that is not signed is refused", () => {
    const headers = new Headers(getObject.headers);
    headers.set('x-amz-copy-source', '/other/object');
    expect(() => verify({ ...getObject, headers })).toThrow('`x-amz-copy-source` is not signed');
  });

  test.each([
    ['nothing', undefined, 'GATEWAY_ACCESS_DENIED'],
    ['version 2', 'AWS AKIA:signature', 'GATEWAY_INVALID_REQUEST'],
    ['another scheme', 'Bearer abc', 'GATEWAY_AUTHORIZATION_HEADER_MALFORMED'],
    [
      'another service',
      getObject.headers.get('authorization')?.replace('/s3/', '/sts/'),
      'GATEWAY_AUTHORIZATION_HEADER_MALFORMED',
    ],
    [
      'another day',
      getObject.headers.get('authorization')?.replace('20130524', '20130525'),
      'GATEWAY_AUTHORIZATION_HEADER_MALFORMED',
    ],
  ])('an authorization of %s cannot be read', (_what, authorization, code) => {
    const headers = new Headers(getObject.headers);
    headers.delete('authorization');
    if (authorization !== undefined) headers.set('authorization', authorization);
    expect(() => readSignature({ ...getObject, headers })).toThrow(expect.objectContaining({ code }));
  });
});
