import type { Context } from 'hono';
import { protocolHeader } from '../../protocol/index.ts';

const BEARER = /^Bearer +(\S+)$/i;
const BASIC = /^Basic +([\w+/=-]+)$/i;

/** The bearer token that a registry gives those who have sent none; it opens what is public. */
export const PUBLIC_TOKEN = 'public';

/** Returns the bearer token of a request, or empty text. */
export function bearerOf(c: Context): string {
  return BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
}

/**
 * Returns the token that a request sends, or empty text: that of a job or an access token in the headers that GitLab
 * has for them, a bearer token, or the password of HTTP Basic with any name.
 */
export function credentialOf(c: Context): string {
  const bearer = bearerOf(c);
  if (bearer === PUBLIC_TOKEN) return '';
  const { jobToken, privateToken } = protocolHeader;
  return c.req.header(jobToken) ?? c.req.header(privateToken) ?? (bearer || passwordOf(c));
}

/** Returns the token of a job that a request sends where GitLab's API takes it, or empty text. */
export function jobTokenOf(c: Context): string {
  return c.req.header(protocolHeader.jobToken) ?? (bearerOf(c) || c.req.query('job_token')) ?? '';
}

function passwordOf(c: Context): string {
  const encoded = BASIC.exec(c.req.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? '' : text.slice(colon + 1);
}
