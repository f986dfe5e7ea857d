import { signal } from '@preact/signals';

/** The time, once a second, for what tells how long it has been. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 1000);
