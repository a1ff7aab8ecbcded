import { ADDRESS } from '../../trio.ts';
import type { Candidate } from './candidate.ts';

/** No load balancer: the director is a router and the client asks the real server. */
export const direct: Candidate = {
  name: 'direct',
  title: 'routing alone',
  setup: 'nothing but `ip_forward`; the client asks the real server itself',
  address: ADDRESS.rip,
  tools: [],
  nativeXdp: false,
  start: () => Promise.resolve(),
};
