// Fonts of the system: the site loads nothing that it does not need.
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

// oxlint-disable-next-line import/no-default-export -- VitePress asks for one
export default DefaultTheme;
