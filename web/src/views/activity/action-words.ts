/** What was done, as a verb with what comes before its object. */
const words: Readonly<Record<string, string>> = {
  'audit.expire': 'remove old records',
  'git.fetch': 'fetch the repository',
  'git.push': 'push to the repository',
  'identity.exchange': 'exchange an ID token',
  'identity.finish': 'report the end of a pipeline elsewhere',
  'image.publish': 'publish',
  'image.rebase': 'build images on a new base',
  'job.assign': 'give secrets to',
  'job.cancel': 'cancel',
  'job.play': 'start',
  'job.retry': 'retry',
  'mirror.authenticate': 'sign in to the mirror',
  'mirror.push': 'push to the mirror',
  'network.connect': 'connect to',
  'network.request': 'request',
  'notary.renew': 'sign again',
  'notary.sign': 'sign',
  'notary.sign-image': 'sign an image',
  'notary.sign-index': 'sign the index',
  'package.promote': 'promote',
  'pipeline.cancel': 'cancel',
  'pipeline.rebuild': 'rebuild packages',
  'pipeline.retry': 'retry',
  'pipeline.trigger': 'start a pipeline',
  'quota.block': 'block',
  'quota.unblock': 'unblock',
  'quota.wait': 'wait for a quota',
  'registry.push': 'push to the registry',
  'request.approve': 'approve',
  'runner.request': 'use the runner API',
  'server.start': 'start the server',
  'server.stop': 'stop the server',
  'session.end': 'sign out',
  'session.start': 'sign in',
  'token.create': 'create a token',
  'token.revoke': 'revoke a token',
};

/** Returns an action in words; one that has none as the log names it. */
export function actionWords(action: string): string {
  return words[action] ?? (action.startsWith('hook.') ? 'send a webhook' : action);
}
