import type * as z from 'zod';
import { describeIssues } from '../kit/index.ts';
import { protocolError } from './errors.ts';

/**
 * Checks a decoded body against a schema. `request` names the endpoint in the error, which never quotes values, since
 * they may be secret.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, request: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw protocolError('PROTOCOL_BODY_INVALID', { request, reason: describeIssues(result.error) });
}
