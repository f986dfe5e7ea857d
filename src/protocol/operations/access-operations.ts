import * as z from 'zod';
import {
  CreatedToken,
  EndedSessions,
  SessionView,
  SessionsEndRequest,
  TokenList,
  TokenRequest,
  TokenSignIn,
  TokenView,
} from '../access-view.ts';
import type { OperationGroup } from './operation.ts';

const Empty = z.object({}).meta({ id: 'Empty', description: 'An empty object.' });

export const accessOperations: OperationGroup = {
  getSession: {
    method: 'get',
    path: '/api/v1/session',
    summary: 'Who the server takes the sender for, and how people can sign in',
    answers: { 200: SessionView },
  },
  listTokens: {
    method: 'get',
    path: '/api/v1/tokens',
    summary: 'Access tokens, without the tokens themselves',
    answers: { 200: TokenList },
  },
  createToken: {
    method: 'post',
    path: '/api/v1/tokens',
    summary: 'Creates an access token',
    body: TokenRequest,
    answers: { 201: CreatedToken },
  },
  revokeToken: {
    method: 'post',
    path: '/api/v1/tokens/{id}/revoke',
    summary: 'Revokes an access token',
    answers: { 200: TokenView },
  },
  endSessions: {
    method: 'post',
    path: '/api/v1/sessions/end',
    summary: 'Ends all sessions of an account',
    body: SessionsEndRequest,
    answers: { 200: EndedSessions },
  },
  signInWithToken: {
    method: 'post',
    path: '/auth/token',
    summary: 'Starts a session of the browser with a token',
    body: TokenSignIn,
    answers: { 200: Empty },
    errors: [401, 403, 429],
  },
  signOut: {
    method: 'post',
    path: '/auth/sign-out',
    summary: 'Ends the session of the browser',
    answers: { 200: Empty },
  },
  beginSignIn: {
    method: 'get',
    path: '/auth/{provider}/sign-in',
    summary: 'Sends the browser to a sign-in service',
    query: { return: z.string().optional().describe('Path of the page to return to.') },
    answers: { 302: null },
  },
  finishSignIn: {
    method: 'get',
    path: '/auth/{provider}/callback',
    summary: 'Where a sign-in service sends the browser back to',
    answers: { 302: null },
    errors: [401],
  },
};
