/** What a person sees and does at the page that connects GitHub. */
interface ConnectForm {
  readonly action: string;
  readonly manifest: string;
}

const text = (html: string) =>
  html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Reads the form of the page. */
export async function readForm(page: string): Promise<ConnectForm> {
  const html = await (await fetch(page)).text();
  const found = (pattern: RegExp) => text(pattern.exec(html)?.[1] ?? '');
  return { action: found(/ action="([^"]*)"/), manifest: found(/ name="manifest" value="([^"]*)"/) };
}

/** Presses the button, and confirms at GitHub. Returns the address that GitHub leads back to. */
export async function confirmApp({ action, manifest }: ConnectForm): Promise<string> {
  const response = await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }), redirect: 'manual' });
  return response.headers.get('location') ?? `status ${response.status}`;
}
