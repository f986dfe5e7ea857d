import { configureAction } from '../configure-action.ts';

export const configure = configureAction('play');
