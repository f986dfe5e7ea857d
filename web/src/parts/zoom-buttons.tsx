import type { ComponentChildren } from 'preact';

interface ZoomOptions {
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  /** Stands between the buttons. */
  readonly children?: ComponentChildren;
}

const STEP = 1.5;

/** Buttons that zoom a drawing. */
export function ZoomButtons({ zoom, fit, children }: ZoomOptions) {
  return (
    <div class="graph-zoom" role="group" aria-label="Zoom">
      <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / STEP)}>
        −
      </button>
      {children}
      <button type="button" aria-label="Zoom in" onClick={() => zoom(STEP)}>
        +
      </button>
      <button type="button" onClick={fit}>
        fit
      </button>
    </div>
  );
}
