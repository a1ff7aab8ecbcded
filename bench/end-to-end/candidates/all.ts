import type { Candidate } from './candidate.ts';
import { direct } from './direct.ts';
import { haproxy } from './haproxy.ts';
import { nftables } from './nftables.ts';
import { nginxStream } from './nginx-stream.ts';
import { weirDirectRouting, weirDirectRoutingInARow } from './weir-dr.ts';
import { weirOnTc, weirOnXdp } from './weir.ts';

/** In the order in which each round takes them, and tables show them. */
export const CANDIDATES: readonly Candidate[] = [
  direct,
  weirOnTc,
  weirOnXdp,
  weirDirectRouting,
  weirDirectRoutingInARow,
  nftables,
  haproxy,
  nginxStream,
];
