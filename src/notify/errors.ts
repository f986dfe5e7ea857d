import { defineErrors } from '../kit/index.ts';

/** Reasons why a notification is not delivered. */
export const notifyError = defineErrors({
  NOTIFICATION_UNREACHABLE: {
    message: 'Destination `{destination}` cannot be reached: {reason}.',
    hint: 'Check the address under `notifications`, and whether the machine of the server can reach it.',
    status: 502,
  },
  NOTIFICATION_REFUSED: {
    message: 'Destination `{destination}` refused the message: {answer}.',
    hint: 'Check the address and the credentials of the destination in slipway.server.yaml.',
    status: 502,
  },
  NOTIFICATION_HOST_REFUSED: {
    message: 'Notifications are not sent to `{host}`, because its address {address} is {kind}.',
    hint: 'If the host belongs to the site, set `allowPrivate: true` for the destination, or for `smtp`.',
    status: 403,
    exitCode: 2,
  },
  NOTIFICATION_ADDRESS_INVALID: {
    message: 'Destination `{destination}` has no valid address: {reason}.',
    hint: 'Addresses begin with `https://`; with `allowPrivate: true` they may also begin with `http://`.',
    exitCode: 2,
  },
  NOTIFICATION_SECRET_INVALID: {
    message: 'The secret of the webhook `{destination}` is not valid: {reason}.',
    hint: 'Create one with: `echo "whsec_$(openssl rand -base64 32)"`.',
    exitCode: 2,
  },
  NOTIFICATION_UNKNOWN: {
    message: 'There is no destination `{destination}` for notifications.',
    exitCode: 2,
  },
});
