/** A file of its own, so that a lazy import of it loads the settings and not the whole coordinator. */
export { loadServerSettings } from '../coordinator/index.ts';
