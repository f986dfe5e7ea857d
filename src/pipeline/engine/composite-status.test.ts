import { describe, expect, test } from 'vitest';
import { compositeStatus, seenStatus, type SeenStatus } from './composite-status.ts';

describe('the composite of a set of jobs', () => {
  test.each<[SeenStatus[], string]>([
    [[], 'success'],
    [['skipped', 'ignored'], 'skipped'],
    [['success', 'skipped', 'warning', 'ignored'], 'success'],
    [['warning'], 'success'],
    [['created', 'ignored'], 'created'],
    [['preparing', 'warning'], 'preparing'],
    [['canceled', 'success', 'skipped'], 'canceled'],
    [['pending', 'created', 'skipped'], 'pending'],
    [['pending', 'success'], 'running'],
    [['running', 'failed', 'canceled'], 'running'],
    [['canceling', 'canceled'], 'canceling'],
    [['waiting_for_resource', 'manual'], 'waiting_for_resource'],
    [['manual', 'created', 'success'], 'manual'],
    [['scheduled', 'preparing', 'success'], 'scheduled'],
    [['created', 'success'], 'running'],
    [['created', 'failed'], 'running'],
    [['failed', 'success', 'skipped'], 'failed'],
    [['failed', 'canceled'], 'failed'],
  ])('%j is %s', (seen, expected) => {
    expect(compositeStatus(new Set(seen))).toBe(expected);
  });

  test.each<[SeenStatus[], string]>([
    [[], 'success'],
    [['success', 'skipped', 'running'], 'skipped'],
    [['ignored'], 'skipped'],
    [['success', 'created'], 'pending'],
    [['failed', 'success'], 'failed'],
    [['success', 'warning'], 'success'],
    [['canceled', 'success'], 'canceled'],
  ])('among needs, %j is %s', (seen, expected) => {
    expect(compositeStatus(new Set(seen), true)).toBe(expected);
  });

  test('allow_failure turns failures into warnings and hides what waits for a person', () => {
    expect(seenStatus('failed', true)).toBe('warning');
    expect(seenStatus('manual', true)).toBe('ignored');
    expect(seenStatus('running', true)).toBe('running');
    expect(seenStatus('failed', false)).toBe('failed');
  });
});
