interface ConnectPage {
  /** Where the form is sent to: GitHub, with a state. */
  readonly action: string;
  readonly manifest: object;
}

/** Returns the page with the button that creates the App: GitHub takes a manifest only from a form. */
export function connectPage({ action, manifest }: ConnectPage): string {
  return page(`<h1>Create a GitHub App for Slipway</h1>
<p>GitHub shows the name of the App and asks you to confirm. Then it leads back here.</p>
<form method="post" action="${escape(action)}">
<input type="hidden" name="manifest" value="${escape(JSON.stringify(manifest))}">
<button autofocus>Create the App on GitHub</button>
</form>`);
}

/** Returns a page with a sentence. */
export function messagePage(text: string): string {
  return page(`<p>${escape(text)}</p>`);
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Slipway and GitHub</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
<main>
${body}
</main>
</html>
`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
