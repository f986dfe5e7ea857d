import { signal } from '@preact/signals';

/** The view that the address names. */
export type Route =
  | { readonly view: 'stacks' }
  | { readonly view: 'stack'; readonly stack: string }
  | { readonly view: 'packages'; readonly stack: string; readonly request?: string }
  | { readonly view: 'request'; readonly stack: string; readonly number: string }
  | { readonly view: 'pipeline'; readonly id: string }
  | { readonly view: 'job'; readonly id: string }
  | { readonly view: 'image'; readonly id: string }
  | { readonly view: 'audit' }
  | { readonly view: 'nowhere' };

export const route = signal<Route>({ view: 'stacks' });
/** With its `#`; empty without one. */
export const fragment = signal('');

export function routeOf(path: string, query = ''): Route {
  const [first, second, third, fourth, ...more] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (first === undefined) return { view: 'stacks' };
  if (first === 'audit' && second === undefined) return { view: 'audit' };
  if (second === undefined || more.length > 0) return { view: 'nowhere' };
  if (first === 'stacks' && third === 'requests' && fourth !== undefined)
    return { view: 'request', stack: second, number: fourth };
  if (fourth !== undefined) return { view: 'nowhere' };
  const request = new URLSearchParams(query).get('request') ?? undefined;
  if (first === 'stacks' && third === 'packages') return { view: 'packages', stack: second, request };
  if (third !== undefined) return { view: 'nowhere' };
  if (first === 'stacks') return { view: 'stack', stack: second };
  if (first === 'pipelines') return { view: 'pipeline', id: second };
  if (first === 'jobs') return { view: 'job', id: second };
  if (first === 'images') return { view: 'image', id: second };
  return { view: 'nowhere' };
}

export const linkTo = {
  stack: (name: string) => `/stacks/${encodeURIComponent(name)}`,
  packages: (name: string) => `/stacks/${encodeURIComponent(name)}/packages`,
  request: (stack: string, number: string) =>
    `/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(number)}`,
  pipeline: (id: string) => `/pipelines/${id}`,
  job: (id: string) => `/jobs/${id}`,
  image: (id: string) => `/images/${id}`,
} as const;

/** Follows the address bar, and takes over clicks on links to the page's own views. */
export function startRouter(): void {
  read();
  addEventListener('popstate', read);
  addEventListener('hashchange', read);
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (link === null || link === undefined || !isOurs(event, link)) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
}

export function go(address: string): void {
  const isSamePage = new URL(address, location.href).pathname === location.pathname;
  history.pushState(null, '', address);
  read();
  if (isSamePage) return;
  scrollTo(0, 0);
  // As after a full load, the next Tab starts at the top, and screen readers announce the new page.
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** Changes the address without a new entry in the history. */
export function amend(address: string): void {
  history.replaceState(null, '', address);
  read();
}

function read(): void {
  const next = routeOf(location.pathname, location.search);
  if (JSON.stringify(next) !== JSON.stringify(route.value)) route.value = next;
  fragment.value = location.hash;
}

function isOurs(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return false;
  if (link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return false;
  return routeOf(link.pathname).view !== 'nowhere';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
