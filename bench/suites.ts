import { endToEnd } from './end-to-end/suite.ts';
import { kernel } from './kernel/suite.ts';
import { live } from './live/suite.ts';
import { packet } from './packet/suite.ts';
import { scale } from './scale/suite.ts';
import type { Suite } from './suite.ts';

/** In the order of their sections in docs/performance.md. */
export const SUITES: readonly Suite[] = [endToEnd, packet, live, scale, kernel];
