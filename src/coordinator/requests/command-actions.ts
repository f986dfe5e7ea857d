/** What commands are in the audit log, as over REST. Those that are missing only read. */
export const commandActions = {
  run: 'pipeline.trigger',
  rebuild: 'pipeline.rebuild',
  retry: 'pipeline.retry',
  cancel: 'pipeline.cancel',
  approve: 'request.approve',
} as const;
