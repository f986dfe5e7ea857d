import { expect, test } from 'vitest';
import { environmentVariables } from './environment-variables.ts';

const of = (name: string) => environmentVariables({ name, action: 'start' });

test('a short plain name is its own slug', () => {
  expect(of('production')).toEqual({
    CI_ENVIRONMENT_NAME: 'production',
    CI_ENVIRONMENT_SLUG: 'production',
    CI_ENVIRONMENT_ACTION: 'start',
    CI_ENVIRONMENT_TIER: 'production',
  });
});

test('any other gets a slug that is good for a host name and still its own', () => {
  const names = ['review/My-App', 'review/my-app', '1st', 'a'.repeat(60), 'a'.repeat(61), 'Ümläut!'];
  const slugs = names.map((name) => of(name).CI_ENVIRONMENT_SLUG ?? '');
  for (const slug of slugs) expect(slug).toMatch(/^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/);
  expect(new Set(slugs).size).toBe(names.length);
});

test('a tier follows from the name if none is set', () => {
  const tiers = ['review/a', 'qa-1', 'staging', 'live', 'nowhere'].map((name) => of(name).CI_ENVIRONMENT_TIER);
  expect(tiers).toEqual(['development', 'testing', 'staging', 'production', 'other']);
  const explicit = environmentVariables({
    name: 'live',
    action: 'stop',
    deploymentTier: 'testing',
    url: 'https://a.example',
  });
  expect(explicit).toMatchObject({ CI_ENVIRONMENT_TIER: 'testing', CI_ENVIRONMENT_URL: 'https://a.example' });
});
