import { formatDuration } from '../format.ts';
import { ticksOf } from './span.ts';
import { ROOM, hatch, type Scene } from './timeline-scene.ts';

/** Times since the beginning, with faint lines down. */
export function paintAxis({ brush, ink, size, span, whole, x }: Scene): void {
  for (const seconds of ticksOf(span, whole, size.width - ROOM.names)) {
    const left = Math.round(x(whole.from + seconds * 1000));
    brush.fillStyle = ink('--faint');
    brush.fillText(tickText(seconds), left + 3, ROOM.axis / 2);
    brush.globalAlpha = 0.6;
    brush.fillStyle = ink('--line');
    brush.fillRect(left, 0, 1, size.height);
    brush.globalAlpha = 1;
  }
}

/** `5 min` in place of `5 min 0 s`. */
function tickText(seconds: number): string {
  return seconds === 0 ? '0' : formatDuration(seconds * 1000).replace(/ 0 (?:s|min)$/, '');
}

/** How many jobs wait for a runner, as a slanted area. */
export function paintWaiting(scene: Scene): void {
  const { brush, ink, size } = scene;
  const counts = waitingPerPixel(scene);
  const most = counts.reduce((peak, count) => Math.max(peak, count), 0);
  const [top, height] = [ROOM.axis + 4, ROOM.waiting - 8];
  brush.fillStyle = ink('--faint');
  brush.fillText(most === 0 ? 'none waits' : `up to ${most} wait`, 8, top + height / 2);
  if (most === 0) return;
  brush.save();
  brush.beginPath();
  brush.moveTo(ROOM.names, top + height);
  for (const [column, count] of counts.entries()) brush.lineTo(ROOM.names + column, top + height * (1 - count / most));
  brush.lineTo(size.width, top + height);
  brush.clip();
  brush.globalAlpha = 0.25;
  brush.fillStyle = ink('--pending');
  brush.fillRect(ROOM.names, top, size.width, height);
  hatch(scene, { left: ROOM.names, right: size.width, y: top, height });
  brush.restore();
}

/** The most jobs that wait at once in the time of each pixel. */
function waitingPerPixel({ drawn: { waiting }, size, x }: Scene): readonly number[] {
  const counts = Array.from({ length: Math.max(0, Math.ceil(size.width - ROOM.names)) }, () => 0);
  for (const [index, { at, count }] of waiting.entries()) {
    const first = Math.max(0, Math.floor(x(at) - ROOM.names));
    const last = Math.min(counts.length - 1, Math.floor(x(waiting[index + 1]?.at ?? at) - ROOM.names));
    for (let column = first; column <= last; column++) counts[column] = Math.max(counts[column] ?? 0, count);
  }
  return counts;
}

/** The earliest possible end. */
export function paintBound({ brush, ink, bound, size, x }: Scene): void {
  const left = x(bound);
  brush.strokeStyle = ink('--accent');
  brush.setLineDash([5, 4]);
  brush.lineWidth = 1.5;
  brush.beginPath();
  brush.moveTo(left, 0);
  brush.lineTo(left, size.height);
  brush.stroke();
  brush.setLineDash([]);
}
