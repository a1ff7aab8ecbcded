import type { Rule } from '../finding.ts';
import { arpAnnounce } from './arp-announce.ts';
import { arpAnswers } from './arp-answers.ts';
import { drGateway } from './dr-gateway.ts';
import { duplicateVip } from './duplicate-vip.ts';
import { ipForward } from './ip-forward.ts';
import { natGateway } from './nat-gateway.ts';
import { noWayBack } from './no-way-back.ts';
import { nothingSchedulable } from './nothing-schedulable.ts';
import { notListening } from './not-listening.ts';
import { redirects } from './redirects.ts';
import { rpFilterServer } from './rp-filter-server.ts';
import { serverBeyondRouter } from './server-beyond-router.ts';
import { shTable } from './sh-table.ts';
import { vipMissing } from './vip-missing.ts';
import { vipShortMask } from './vip-short-mask.ts';
import { vipUnreachable } from './vip-unreachable.ts';

/** Every rule there is, in the order of their numbers. */
export const RULES: readonly Rule[] = [
  natGateway,
  ipForward,
  redirects,
  vipUnreachable,
  vipMissing,
  vipShortMask,
  arpAnswers,
  arpAnnounce,
  drGateway,
  rpFilterServer,
  noWayBack,
  notListening,
  serverBeyondRouter,
  nothingSchedulable,
  duplicateVip,
  shTable,
];
