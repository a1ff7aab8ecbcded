import type { Rule } from '../finding.ts';
import { arpAnnounce } from './arp-announce.ts';
import { arpAnswers } from './arp-answers.ts';
import { checksums } from './checksums.ts';
import { clientBesideServer } from './client-beside-server.ts';
import { clientIsDirector } from './client-is-director.ts';
import { directorLoop } from './director-loop.ts';
import { drGateway } from './dr-gateway.ts';
import { duplicateVip } from './duplicate-vip.ts';
import { firewallDirector } from './firewall-director.ts';
import { firewallServer } from './firewall-server.ts';
import { foreignProgram } from './foreign-program.ts';
import { ftpAlone } from './ftp-alone.ts';
import { idleTimeout } from './idle-timeout.ts';
import { ipForward } from './ip-forward.ts';
import { largeReceiveOffload } from './large-receive-offload.ts';
import { natGateway } from './nat-gateway.ts';
import { noDecapsulation } from './no-decapsulation.ts';
import { noWayBack } from './no-way-back.ts';
import { notListening } from './not-listening.ts';
import { nothingSchedulable } from './nothing-schedulable.ts';
import { persistenceShare } from './persistence-share.ts';
import { redirects } from './redirects.ts';
import { replyLost } from './reply-lost.ts';
import { rpFilterDirector } from './rp-filter-director.ts';
import { rpFilterServer } from './rp-filter-server.ts';
import { serverBeyondRouter } from './server-beyond-router.ts';
import { serverSilent } from './server-silent.ts';
import { shTable } from './sh-table.ts';
import { sourceNat } from './source-nat.ts';
import { tunnelMtu } from './tunnel-mtu.ts';
import { vipAsSource } from './vip-as-source.ts';
import { vipMissing } from './vip-missing.ts';
import { vipShortMask } from './vip-short-mask.ts';
import { vipUnreachable } from './vip-unreachable.ts';

/** Every rule there is, in the order of their numbers. */
export const RULES: readonly Rule[] = [
  natGateway,
  clientBesideServer,
  ipForward,
  redirects,
  rpFilterDirector,
  vipUnreachable,
  firewallDirector,
  sourceNat,
  vipMissing,
  vipShortMask,
  arpAnswers,
  arpAnnounce,
  drGateway,
  rpFilterServer,
  noWayBack,
  notListening,
  serverBeyondRouter,
  clientIsDirector,
  directorLoop,
  noDecapsulation,
  tunnelMtu,
  largeReceiveOffload,
  firewallServer,
  replyLost,
  nothingSchedulable,
  persistenceShare,
  idleTimeout,
  ftpAlone,
  duplicateVip,
  shTable,
  checksums,
  vipAsSource,
  serverSilent,
  foreignProgram,
];
