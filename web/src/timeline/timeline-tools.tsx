import { ZoomButtons } from '../parts/zoom-buttons.tsx';
interface ToolOptions {
  zoom(factor: number): void;
  fit(): void;
}

/** What the marks of the timeline mean, and how it is zoomed. */
export function TimelineTools({ zoom, fit }: ToolOptions) {
  return (
    <div class="graph-tools">
      <ul class="timeline-legend">
        {['waiting', 'transfer', 'critical path', 'earliest possible end'].map((name) => (
          <li key={name}>
            <span class={`swatch ${name.split(' ', 1)[0]}`} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
      <ZoomButtons zoom={zoom} fit={fit} />
    </div>
  );
}
