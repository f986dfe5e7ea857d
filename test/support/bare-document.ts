/** A node of the document that the page is drawn into where there is no browser: just what Preact asks of one. */
class BareNode {
  parentNode: BareNode | null = null;
  childNodes: BareNode[] = [];
  readonly style: Record<string, unknown> = { setProperty: () => undefined };
  readonly attributes: unknown[] = [];
  readonly nodeType: number;
  readonly localName: string;
  readonly namespaceURI: string;
  data: string;

  constructor(type: number, name: string, more: { readonly namespace?: string; readonly data?: string } = {}) {
    this.nodeType = type;
    this.localName = name;
    this.namespaceURI = more.namespace ?? 'http://www.w3.org/1999/xhtml';
    this.data = more.data ?? '';
  }

  get ownerDocument(): unknown {
    return bareDocument;
  }

  get firstChild(): BareNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): BareNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.nodeType === 3 ? this.data : this.childNodes.map((child) => child.textContent).join('');
  }

  insertBefore(node: BareNode, before: BareNode | null): BareNode {
    node.remove();
    node.parentNode = this;
    this.childNodes.splice(before === null ? this.childNodes.length : this.childNodes.indexOf(before), 0, node);
    return node;
  }

  appendChild(node: BareNode): BareNode {
    return this.insertBefore(node, null);
  }

  removeChild(node: BareNode): BareNode {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
    node.parentNode = null;
    return node;
  }

  remove(): void {
    this.parentNode?.removeChild(this);
  }

  contains(node: BareNode | null): boolean {
    for (let one = node; one !== null; one = one.parentNode) if (one === this) return true;
    return false;
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes.push([name, value]);
  }

  removeAttribute(): void {
    // Nothing looks at attributes.
  }

  addEventListener(): void {
    // No one clicks here.
  }

  removeEventListener(): void {
    // No one clicks here.
  }
}

const bareDocument = {
  title: '',
  createElementNS: (namespace: string, name: string) => new BareNode(1, name, { namespace }),
  createElement: (name: string) => new BareNode(1, name),
  createTextNode: (data: string) => new BareNode(3, '#text', { data }),
};

export interface BarePage {
  readonly root: BareNode;
  /** Names of all elements that are drawn. */
  elements(): ReadonlySet<string>;
}

/** Gives the page's code the little of a browser that its views need, with `fetch` as the way to the server. */
export function installBareBrowser(fetch: typeof globalThis.fetch): void {
  const never = class {
    addEventListener(): void {
      // Nothing is ever reported.
    }
    close(): void {
      // Nothing was open.
    }
  };
  Object.assign(globalThis, {
    document: bareDocument,
    EventSource: never,
    fetch,
    innerWidth: 600,
    sessionStorage: { getItem: () => null, setItem: () => undefined, removeItem: () => undefined },
    requestAnimationFrame: (work: () => void) => setImmediate(work),
    cancelAnimationFrame: (handle: NodeJS.Immediate) => clearImmediate(handle),
  });
}

export function barePage(): BarePage {
  const root = new BareNode(1, 'main');
  const names = (node: BareNode): readonly string[] => [node.localName, ...node.childNodes.flatMap(names)];
  return { root, elements: () => new Set(names(root)) };
}
