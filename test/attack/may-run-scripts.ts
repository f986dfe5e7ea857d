/** Whether a browser runs the scripts of a document that is sent with these headers. */
export function mayRunScripts(headers: Headers): boolean {
  if (headers.get('content-type')?.startsWith('text/html') !== true) return false;
  const policy = headers.get('content-security-policy')?.split(';') ?? [];
  const sandbox = policy.map((part) => part.trim().split(' ')).find(([name]) => name === 'sandbox');
  return sandbox === undefined || sandbox.includes('allow-scripts');
}
