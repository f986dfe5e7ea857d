import type { GraphLayout } from './graph-layout.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * Returns the job that an arrow key leads to: to the right along a line to what waits for the job, to the left to what
 * it waits for (the nearest of several), up and down to the next job of the column. Where no line leads on, the nearest
 * job in that direction; the job itself if there is none.
 */
export function neighbour(layout: GraphLayout, job: number, direction: Direction): number {
  const { places } = layout;
  const [x, y] = [places[2 * job] ?? 0, places[2 * job + 1] ?? 0];
  const distance = (other: number) => {
    const [dx, dy] = [(places[2 * other] ?? 0) - x, (places[2 * other + 1] ?? 0) - y];
    // Distance across the direction counts double.
    return direction === 'left' || direction === 'right' ? Math.hypot(dx, 2 * dy) : Math.hypot(2 * dx, dy);
  };
  const linked = direction === 'right' || direction === 'left' ? linkedTo(layout, job, direction) : [];
  const candidates = linked.length > 0 ? linked : [...beyond(layout, job, direction)];
  return candidates.reduce((best, one) => (best === job || distance(one) < distance(best) ? one : best), job);
}

function linkedTo({ lines: { ends } }: GraphLayout, job: number, direction: 'left' | 'right'): readonly number[] {
  const [own, other] = direction === 'right' ? [0, 1] : [1, 0];
  const found: number[] = [];
  for (let line = 0; line < ends.length; line += 2) {
    const end = ends[line + other] ?? -1;
    if (ends[line + own] === job && end !== -1) found.push(end);
  }
  return found;
}

/** Jobs in a direction: up and down those of the same column. */
function* beyond({ places }: GraphLayout, job: number, direction: Direction): Generator<number> {
  const [x, y] = [places[2 * job] ?? 0, places[2 * job + 1] ?? 0];
  for (let other = 0; 2 * other < places.length; other++) {
    const [dx, dy] = [(places[2 * other] ?? 0) - x, (places[2 * other + 1] ?? 0) - y];
    const isThere =
      direction === 'left'
        ? dx < 0
        : direction === 'right'
          ? dx > 0
          : Math.abs(dx) < 1 && (direction === 'up' ? dy < 0 : dy > 0);
    if (isThere) yield other;
  }
}
