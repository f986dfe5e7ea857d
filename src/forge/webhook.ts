import type { CheckClick, Push } from './forge-event.ts';

/** A delivery of a webhook whose signature or token is right. */
export interface WebhookDelivery {
  /** The forge's own id, the same when it sends the delivery again; empty if there is none. */
  readonly id: string;
  readonly event: string;
  /** `change`: the repository is to be polled; `test`: the forge tries the webhook; `other`: nothing for a stack. */
  readonly purpose: 'change' | 'test' | 'other';
  /** Repository that it is about, as the forge names it; absent where it names none. */
  readonly repository?: string;
  /** Who pushed what. */
  readonly push?: Push;
  readonly click?: CheckClick;
}

/** A webhook that reports on several repositories, each of which has a stack. */
interface SharedWebhook {
  /** The same for the stacks whose webhook it is: any of them reads its deliveries. */
  readonly by: string;
  /** Repository of the stack, as deliveries name it; upper case does not matter. */
  readonly repository: string;
}

/**
 * Reads what a forge sends to its webhook. A delivery only causes a poll; who pushed, and what a person clicked, is all
 * that is taken from it.
 */
export interface Webhook {
  /** Present if it calls `/hooks/<kind>`; otherwise it calls `/hooks/<kind>/<stack>`. */
  readonly shared?: SharedWebhook;
  /** Returns undefined if the delivery is not of the forge. Compares secrets in constant time. */
  read(request: { readonly headers: Headers; readonly body: string }): Promise<WebhookDelivery | undefined>;
}
