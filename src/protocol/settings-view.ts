import * as z from 'zod';

const SettingFact = z
  .object({ label: z.string().describe('Name for people.'), value: z.string().describe('The value in words.') })
  .meta({ id: 'SettingFact', description: 'A setting of the server.' });

export const SettingEntry = z
  .object({
    name: z.string().describe('Name of the stack, runner, key or other part.'),
    facts: z.array(SettingFact).describe('Its settings.'),
  })
  .meta({ id: 'SettingEntry', description: 'One part of the configuration.' });
export type SettingEntry = z.infer<typeof SettingEntry>;

const SettingGroup = z
  .object({ title: z.string().describe('Heading.'), entries: z.array(SettingEntry).describe('Its parts.') })
  .meta({ id: 'SettingGroup', description: 'Parts of the configuration of the same kind.' });

export const ServerSettingsView = z
  .object({ groups: z.array(SettingGroup).describe('The configuration by topic.') })
  .meta({
    id: 'ServerSettingsView',
    description:
      'The configuration that the server works with, defaults included; secrets and the places where they are kept left out.',
  });
export type ServerSettingsView = z.infer<typeof ServerSettingsView>;
