/** Returns the host of a URL or authority without the brackets around an IPv6 address (RFC 3986, 3.2.2). */
export function plainHost(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
