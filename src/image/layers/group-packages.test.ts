import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LayerItem } from './change-model.ts';
import { forecast } from './forecast.ts';
import { groupPackages } from './group-packages.ts';

const item = (name: string, bytes: number, more: Partial<LayerItem> = {}): LayerItem => ({
  name,
  hash: `${name}-1`,
  bytes,
  causes: [name],
  ...more,
});
const names = (groups: readonly (readonly LayerItem[])[]) =>
  groups.map((group) => group.map(({ name }) => name).join(' '));
const even = () => 0.01;

describe('packages in layers', () => {
  test('have one each while there is room', () => {
    const items = [item('a', 1), item('b', 2), item('c', 3)];
    expect(names(groupPackages(items, { limit: 3, rates: even }))).toEqual(['a', 'b', 'c']);
  });

  test('share one with what changes with them, or with what hardly changes', () => {
    const items = [
      item('base', 100),
      item('plugin', 100, { causes: ['plugin', 'app'] }),
      item('app', 100),
      item('rare', 100),
      item('hot', 5),
    ];
    const rates = (name: string) => ({ app: 0.5, hot: 0.9, plugin: 0.001 })[name] ?? 0.001;
    expect(names(groupPackages(items, { limit: 3, rates }))).toEqual(['base rare', 'plugin app', 'hot']);
  });

  test('are each in exactly one layer, in their order, within the limit, the same way every time', () => {
    const packages = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.nat(1000)), {
      selector: ([name]) => name,
      maxLength: 30,
    });
    fc.assert(
      fc.property(packages, fc.integer({ min: 1, max: 12 }), (all, limit) => {
        const items = all.map(([name, bytes], index) =>
          item(name, bytes, { causes: [name, ...all.slice(0, index % 4).map(([other]) => other)] }),
        );
        const groups = groupPackages(items, { limit, rates: even });
        expect(groups.length).toBeLessThanOrEqual(Math.max(limit, 0));
        expect(new Set(groups.flat())).toEqual(new Set(items));
        expect(groups.flat()).toHaveLength(items.length);
        for (const group of groups) {
          const places = group.map((one) => items.indexOf(one));
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        }
        expect(groupPackages(items, { limit, rates: even })).toEqual(groups);
      }),
    );
  });

  test('stay where they are published while nothing in their layer changed', () => {
    const items = Array.from({ length: 12 }, (_, index) => item(`p${index}`, 100 + index));
    const before = groupPackages(items, { limit: 4, rates: even });
    const changed = items.map((one, index) => (index === 5 ? { ...one, hash: 'p5-2' } : one));
    const after = groupPackages([...changed, item('new', 7)], { limit: 4, rates: even, previous: before });
    const intact = names(before).filter((group) => !group.split(' ').includes('p5'));
    expect(names(after)).toEqual(expect.arrayContaining([...intact]));
    expect(after.flat()).toHaveLength(13);
  });

  test('are laid out again where that pays for itself', () => {
    const items = [item('hot', 1), item('large', 1e9), item('small', 2), item('other', 3)];
    const previous = [items.slice(0, 2), items.slice(2)];
    const rates = (name: string) => (name === 'hot' ? 0.9 : 0.001);
    const groups = groupPackages(items, { limit: 2, rates, previous });
    expect(names(groups)).toEqual(['hot small other', 'large']);
  });
});

describe('the forecast', () => {
  test('is between a layer a package and one layer for all', () => {
    const items = Array.from({ length: 20 }, (_, index) => item(`p${index}`, 1000 * (index + 1)));
    const rates = (name: string) => (Number(name.slice(1)) % 5 === 0 ? 0.3 : 0.002);
    const groups = groupPackages(items, { limit: 6, rates });
    const { planned, oneLayer, firstFew, ideal } = forecast(groups, { rates, limit: 6 });
    expect(ideal).toBeLessThan(planned);
    expect(planned).toBeLessThan(firstFew);
    expect(firstFew).toBeLessThan(oneLayer);
  });
});
