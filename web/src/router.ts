import { signal } from '@preact/signals';

/** The page that an address names: the pattern that it matches, and the values of the pattern's parameters. */
export interface Route {
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Undefined for an address that is no page. */
export const route = signal<Route | undefined>(undefined);
/** With its `?`; empty without one. */
export const query = signal('');
/** With its `#`; empty without one. */
export const fragment = signal('');

/** Returns the first pattern that a path matches. A pattern's parts that start with a colon match any text. */
export function matchPath(patterns: readonly string[], path: string): Route | undefined {
  const parts = partsOf(path).map(decode);
  for (const pattern of patterns) {
    const wanted = partsOf(pattern);
    if (wanted.length !== parts.length) continue;
    if (!wanted.every((part, index) => part.startsWith(':') || part === parts[index])) continue;
    const pairs = wanted.map((part, index) => [part, parts[index] as string] as const);
    const params = pairs.filter(([part]) => part.startsWith(':')).map(([part, value]) => [part.slice(1), value]);
    return { pattern, params: Object.fromEntries(params) };
  }
  return undefined;
}

const stackPath = (stack: string) => `/stacks/${encodeURIComponent(stack)}`;

const ofRequest = (number: string) => (number === '' ? '' : `?request=${encodeURIComponent(number)}`);

export const linkTo = {
  stack: stackPath,
  packages: (stack: string, request = '') => `${stackPath(stack)}/packages${ofRequest(request)}`,
  package: (stack: string, hash: string, request = '') => `${stackPath(stack)}/packages/${hash}${ofRequest(request)}`,
  images: (stack: string) => `${stackPath(stack)}/images`,
  compare: (stack: string, from: string, to: string) =>
    `${stackPath(stack)}/compare?${new URLSearchParams({ from, to }).toString()}`,
  request: (stack: string, number: string) => `${stackPath(stack)}/requests/${encodeURIComponent(number)}`,
  pipeline: (id: string) => `/pipelines/${id}`,
  job: (id: string) => `/jobs/${id}`,
  image: (id: string) => `/images/${id}`,
  /** What an image changes compared with another. */
  imageDifference: (id: string, other: string) => `/images/${id}/diff/${other}`,
} as const;

let known: readonly string[] = [];

/** Follows the address bar, and takes over clicks on links to pages of these patterns. */
export function startRouter(patterns: readonly string[]): void {
  known = patterns;
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
  const next = matchPath(known, location.pathname);
  if (JSON.stringify(next) !== JSON.stringify(route.value)) route.value = next;
  query.value = location.search;
  fragment.value = location.hash;
}

function isOurs(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return false;
  if (link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return false;
  return matchPath(known, link.pathname) !== undefined;
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
