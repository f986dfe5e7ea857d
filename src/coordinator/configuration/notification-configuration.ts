import { SecretSource } from '../../kit/index.ts';
import * as z from 'zod';
import { eventKinds, weekdays } from '../../notify/index.ts';

const Text = z.string().min(1);
const Time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, as in 22:00');

const QuietHours = z
  .strictObject({
    from: Time.describe(
      'Time of day at which they begin, such as `22:00`. If it is later than `to`, they include midnight',
    ),
    to: Time.describe('Time of day at which they end'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'must be the name of a time zone, as in Europe/Berlin')
      .describe('Time zone, such as `Europe/Berlin` or `UTC`'),
    days: z.array(z.enum(weekdays)).max(6).default([]).describe('Days on which nothing is sent'),
  })
  .refine(({ from, to }) => from !== to, '`from` and `to` must differ');

const allowPrivate = z
  .boolean()
  .default(false)
  .describe('Whether the host may have a private address or an address of the server’s machine');

/** One entry of `notifications`, of the server or of a stack. */
export const DestinationConfiguration = z
  .strictObject({
    name: Text.describe('Name of the destination, for `slipway notify test`'),
    webhook: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe('URL. `http://` requires `allowPrivate`'),
        secret: SecretSource.describe('Secret that signs the requests'),
      })
      .optional()
      .describe(
        'Requests signed as Standard Webhooks defines. The secret is `whsec_` followed by a key in base64, or two ' +
          'of these',
      ),
    slack: z
      .strictObject({ url: SecretSource.describe('URL of the webhook') })
      .optional()
      .describe('Incoming webhook of Slack or Mattermost; its URL is a secret'),
    email: z
      .strictObject({ to: z.array(z.email()).min(1).describe('Recipients') })
      .optional()
      .describe('Mail, sent through the server in `smtp`'),
    allowPrivate,
    events: z
      .array(z.enum(eventKinds))
      .min(1)
      .default([...eventKinds])
      .describe('Kinds of failures that are reported, and their recoveries'),
    digest: z
      .number()
      .int()
      .nonnegative()
      .max(7 * 24 * 3600)
      .default(0)
      .describe('Seconds over which events are collected into one message; 0: each event is sent immediately'),
    quiet: QuietHours.optional().describe(
      'Quiet hours, in which nothing is sent. Their events are sent afterwards as one message',
    ),
  })
  .refine(
    ({ webhook, slack, email }) => [webhook, slack, email].filter((one) => one !== undefined).length === 1,
    'a destination has exactly one of `webhook`, `slack` and `email`',
  );
export type DestinationConfiguration = z.infer<typeof DestinationConfiguration>;

export const SmtpConfiguration = z
  .strictObject({
    host: Text.describe('Host name or address of the mail server'),
    port: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Port. Default: 587 with `starttls`, 465 with `tls`, 25 with `none`'),
    tls: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: the connection must be upgraded to TLS; `tls`: it uses TLS from the start; `none`: mail is ' +
          'sent in clear text',
      ),
    from: z.email().describe('Address of the sender'),
    username: Text.optional().describe('User name, if the mail server requires one'),
    password: SecretSource.optional().describe('Password of the user'),
    allowPrivate,
  })
  .refine(
    ({ username, password }) => (username === undefined) === (password === undefined),
    '`username` and `password` go together',
  )
  .refine(({ username, tls }) => username === undefined || tls !== 'none', 'a password is not sent without TLS');
export type SmtpConfiguration = z.infer<typeof SmtpConfiguration>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
