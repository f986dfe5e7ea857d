import { signal } from '@preact/signals';

/** The current time, updated every second, for texts such as `5 min ago`. */
export const currentTime = signal(Date.now());

setInterval(() => {
  currentTime.value = Date.now();
}, 1000);
