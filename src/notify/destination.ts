import type { Secret } from '../kit/index.ts';
import type { EventKind } from './event.ts';
import type { QuietHours } from './quiet-hours.ts';

/** An endpoint for signed requests in the format of Standard Webhooks. */
export interface WebhookChannel {
  readonly type: 'webhook';
  readonly url: string;
  /** Each one signs. There is a second one while keys are exchanged. */
  readonly secrets: readonly Secret[];
  readonly allowPrivate: boolean;
}

/** An incoming webhook of Slack, Mattermost or a compatible service. Its URL is all that a sender needs. */
export interface SlackChannel {
  readonly type: 'slack';
  readonly url: Secret;
  readonly allowPrivate: boolean;
}

export interface EmailChannel {
  readonly type: 'email';
  readonly to: readonly string[];
  readonly smtp: SmtpServer;
}

/** The mail server that accepts messages. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` requires the upgrade; nothing is sent without it. */
  readonly tls: 'starttls' | 'tls' | 'none';
  readonly from: string;
  readonly login?: { readonly username: string; readonly password: Secret };
  readonly allowPrivate: boolean;
}

/** A receiver of notifications. */
export interface Destination {
  /** Unique among all destinations of a server. */
  readonly name: string;
  /** The stack whose events it gets; if absent, those of all stacks. */
  readonly stack?: string;
  readonly events: readonly EventKind[];
  /** Milliseconds over which events are collected into one message. */
  readonly digest: number;
  readonly quiet?: QuietHours;
  readonly channel: WebhookChannel | SlackChannel | EmailChannel;
}
