// oxlint-disable-next-line import/no-default-export -- VitePress asks for one, in this file
export { siteConfig as default } from '../../scripts/docs/site-config.ts';
