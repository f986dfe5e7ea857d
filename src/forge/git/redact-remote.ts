/** A remote's address as it may stand in a message: without the user and the password of a URL. */
export function redactRemote(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1');
}
