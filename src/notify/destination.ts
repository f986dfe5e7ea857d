import type { Secret } from '../kit/index.ts';
import type { EventKind } from './event.ts';
import type { QuietHours } from './quiet-hours.ts';

/** An endpoint that takes signed requests, by the specification Standard Webhooks. */
export interface WebhookChannel {
  readonly type: 'webhook';
  readonly url: string;
  /** Each signs; the second one is there while keys are exchanged. */
  readonly secrets: readonly Secret[];
  readonly allowPrivate: boolean;
}

/** An incoming webhook of Slack, Mattermost, or what understands the same. Who knows its URL can write. */
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

/** The mail server that takes messages. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` requires the upgrade; nothing is sent without it. */
  readonly tls: 'starttls' | 'tls' | 'none';
  readonly from: string;
  readonly login?: { readonly username: string; readonly password: Secret };
  readonly allowPrivate: boolean;
}

/** Where notifications go. */
export interface Destination {
  /** Unique among all destinations of a server. */
  readonly name: string;
  /** The stack whose events it gets; all of them if absent. */
  readonly stack?: string;
  readonly events: readonly EventKind[];
  /** Milliseconds over which events are collected into one message. */
  readonly digest: number;
  readonly quiet?: QuietHours;
  readonly channel: WebhookChannel | SlackChannel | EmailChannel;
}
