import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { publicJwk, signJwt } from './jwt.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

test('a token is verified by the public key that is published for it, and by no changed claims', () => {
  const [header = '', claims = '', signature = ''] = signJwt({ sub: 'a', n: 1 }, privateKey).split('.');
  const jwk = publicJwk(privateKey);
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const isGood = (text: string) => verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT', kid: jwk.kid });
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ sub: 'a', n: 1 });
  expect(isGood(`${header}.${claims}`)).toBe(true);
  expect(isGood(`${header}.${Buffer.from('{"sub":"b","n":1}').toString('base64url')}`)).toBe(false);
});

test('a published key reports nothing of the private one, and its id is its thumbprint', () => {
  expect(Object.keys(publicJwk(privateKey)).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const example = {
    kty: 'RSA',
    e: 'AQAB',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  };
  // RFC 7638, 3.1.
  const key = createPublicKey({ key: example, format: 'jwk' });
  expect(publicJwk(key).kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});
