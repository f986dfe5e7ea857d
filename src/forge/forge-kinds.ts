import type * as z from 'zod';
import { quotedList } from '../kit/index.ts';
import type { ForgeKind, ForgeRepository, StatusForge } from './forge-kind.ts';
import { githubKind } from './github/github-kind.ts';
import { gitlabKind } from './gitlab/gitlab-kind.ts';

/** Every kind of forge by the key of its section in a stack's configuration, which `Forge.kind` repeats. */
const kinds = {
  github: githubKind,
  gitlab: gitlabKind,
};

type Kinds = typeof kinds;
type Sections = { readonly [Kind in keyof Kinds]: z.ZodOptional<Kinds[Kind]['section']> };
type Settings = { readonly [Kind in keyof Kinds]?: z.output<Kinds[Kind]['section']> | undefined };

const all = Object.entries(kinds) as [keyof Kinds, ForgeKind<z.ZodType>][];

/** The sections of a stack's configuration that name a repository on a forge. */
export const forgeSections = Object.fromEntries(
  all.map(([kind, { section, description }]) => [kind, section.optional().describe(description)]),
) as unknown as Sections;

/** The keys of these sections, for messages. */
export const forgeSectionNames = quotedList(Object.keys(kinds));

/** Every kind of forge by its name, for commands that only set statuses. */
export const statusForges: ReadonlyMap<string, StatusForge> = new Map(all);

/** Returns the keys of the sections that a stack's configuration has. */
export function forgeSectionsIn(stack: Settings): readonly string[] {
  return all.map(([kind]) => kind).filter((kind) => stack[kind] !== undefined);
}

/** Returns the repository that a section of a stack's configuration names; undefined for a plain git remote. */
export function forgeRepository(stack: Settings): ForgeRepository | undefined {
  for (const [kind, { repository }] of all) if (stack[kind] !== undefined) return repository(stack[kind]);
  return undefined;
}
