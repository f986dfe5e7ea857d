/**
 * Notifications: which failures, and ends of failures, are reported to which destinations, and their delivery as signed
 * webhook, Slack message or mail. Functions of data decide what is reported. Deliveries go through an outbox in the
 * store, so that none is lost, and each keeps its id over all attempts. The server finds the failures, and connects to
 * the hosts.
 */
export { wants, type Condition, type Observation } from './condition.ts';
export type { Connect } from './deliver/connect.ts';
export { deliver } from './deliver/deliver.ts';
export type { Destination, SmtpServer } from './destination.ts';
export { notifyError } from './errors.ts';
export { eventKinds, type NotifiedEvent } from './event.ts';
export type { DestinationState, NotificationLedger } from './ledger.ts';
export { Notifier, failsForLong } from './notifier.ts';
export { weekdays } from './quiet-hours.ts';
