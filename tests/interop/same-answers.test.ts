import { compareSideBySide } from './same-answers/side-by-side.ts';

compareSideBySide('a third');
