import { compareText } from '../../kit/index.ts';
import { architectureText, sortVersions, variantsText, type SpecDependency, type SpecNode } from '../../spack/index.ts';
import type { IndexRow } from '../catalog/index-rows.ts';
import { Column, DistinctValues } from './column.ts';

/** A package that an index names. */
export interface CatalogPackage {
  /** Position in the catalog: packages that were added later have higher numbers. */
  readonly number: number;
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  /** Whether it is on the mirror; otherwise it is only named as a dependency. */
  readonly isPresent: boolean;
  /** Whether the machine provides it, so that it is on no mirror. */
  readonly isExternal: boolean;
  /** `linux-debian13-x86_64_v3` */
  readonly architecture: string;
  /** As Spack prints them. */
  readonly variants: string;
  readonly namespace: string;
  /** Of spec files up to format 4; later ones name it as a dependency. */
  readonly compiler: SpecNode['compiler'];
  readonly dependencies: readonly SpecDependency[];
}

/** So many characters of a hash distinguish most packages. */
export const HASH_START = 4;

/** By name and then the newest version, by when they came, or by how many depend on them. */
export type CatalogOrder = 'name' | 'newest' | 'dependents';

/** A package that uses another one. */
interface CatalogUser {
  readonly number: number;
  /** Whether it needs the other one for more than its own build. */
  readonly isLater: boolean;
}

/** What a mirror's index names, as a table whose conditions are decided once for each distinct value. */
export class CatalogContent {
  readonly names = new Column<string>();
  readonly versions = new Column<string>();
  readonly architectures = new Column<SpecNode['arch']>();
  readonly parameters = new Column<SpecNode['parameters']>();
  readonly compilers = new Column<SpecNode['compiler'] | null>();
  /** The first characters of hashes, `HASH_START` of each. */
  readonly hashStarts = new Column<string>();
  readonly #texts = new DistinctValues<string>();
  readonly #edges = new DistinctValues<SpecDependency>();
  readonly #packages: CatalogPackage[] = [];
  readonly #numbers = new Map<string, number>();
  /** By number: the users of each package, each as twice its number, plus one if it is a later user. */
  readonly #users: number[][] = [];
  readonly #virtualUsers = new Map<string, Set<number>>();
  #linked = 0;
  /** The packages on the mirror, in orders that may lack those that were added last. */
  readonly #orders = new Map<CatalogOrder, readonly number[]>();
  #present: readonly number[] = [];

  /** Adds a row; `link` must follow once all rows that it names are there. */
  add({ hash, present: isPresent, node: text }: IndexRow): void {
    const node = JSON.parse(text) as SpecNode;
    const number = this.#packages.length;
    this.architectures.add(node.arch);
    this.parameters.add(node.parameters);
    this.compilers.add(node.compiler ?? null);
    this.hashStarts.add(hash.slice(0, HASH_START));
    this.#numbers.set(hash, number);
    this.#users.push([]);
    this.#packages.push({
      number,
      name: this.names.add(node.name),
      version: this.versions.add(node.version),
      hash,
      isPresent,
      isExternal: node.external !== undefined,
      architecture: this.#texts.once(architectureText(node)),
      variants: this.#texts.once(variantsText(node)),
      namespace: this.#texts.once(node.namespace),
      compiler: node.compiler,
      dependencies: (node.dependencies ?? []).map((edge) => this.#edges.once(edge)),
    });
  }

  link(): void {
    const added: number[] = [];
    for (; this.#linked < this.#packages.length; this.#linked += 1) {
      this.#linkOne(this.#linked);
      if (this.at(this.#linked).isPresent) added.push(this.#linked);
    }
    this.#present = [...this.#present, ...added];
  }

  get size(): number {
    return this.#packages.length;
  }

  /** Returns a package that the index names. */
  get(hash: string): CatalogPackage | undefined {
    const number = this.#numbers.get(hash);
    return number === undefined ? undefined : this.#packages[number];
  }

  at(number: number): CatalogPackage {
    return this.#packages[number] as CatalogPackage;
  }

  /** Returns the numbers of the packages on the mirror, in an order. */
  present(order: CatalogOrder): readonly number[] {
    const known = this.#orders.get(order) ?? [];
    if (known.length === this.#present.length) return known;
    // Sorting takes little time for what is mostly sorted.
    const sorted = [...known, ...this.#present.slice(known.length)].toSorted(this.#comparison(order));
    this.#orders.set(order, sorted);
    return sorted;
  }

  /** Returns the packages that depend directly on one, on the mirror or not. */
  usersOf(number: number): readonly CatalogUser[] {
    return (this.#users[number] ?? []).map((user) => ({ number: user >> 1, isLater: (user & 1) === 1 }));
  }

  /** Returns the numbers of the packages that depend on whatever provides a virtual package, such as `mpi`. */
  usersOfVirtual(name: string): Iterable<number> {
    return this.#virtualUsers.get(name) ?? [];
  }

  #linkOne(number: number): void {
    for (const { hash, parameters } of this.at(number).dependencies) {
      const target = this.#numbers.get(hash);
      const isLater = parameters.deptypes.some((type) => type === 'link' || type === 'run');
      if (target !== undefined) this.#users[target]?.push(2 * number + Number(isLater));
      for (const name of parameters.virtuals) {
        const users = this.#virtualUsers.get(name) ?? new Set();
        this.#virtualUsers.set(name, users.add(number));
      }
    }
  }

  #comparison(order: CatalogOrder): (a: number, b: number) => number {
    if (order === 'newest') return (a, b) => b - a;
    const name = this.names.ranks((values) => values.toSorted(compareText));
    const version = this.versions.ranks(sortVersions);
    const byName = (a: number, b: number) => name(a) - name(b) || version(b) - version(a) || b - a;
    if (order === 'name') return byName;
    const users = (number: number) => this.#users[number]?.length ?? 0;
    return (a, b) => users(b) - users(a) || byName(a, b);
  }
}
