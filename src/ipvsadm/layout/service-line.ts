import { familyOfMatch } from '../../lvs/service.ts';
import type { TableService } from '../../lvs/table.ts';
import { FULL_NETMASK } from '../draft.ts';
import { formatSchedulerFlags } from '../scheduler-flags.ts';
import type { ServiceRow } from './layout.ts';

/** The line of a service in the layouts without counters: `TCP  10.0.0.10:80 wlc (flag-1) persistent 60 mask 255.0.0.0 ops`. */
export function serviceLine({ name, service }: ServiceRow): string {
  const words = [name, service.scheduler];
  if (service.schedulerFlags !== 0) {
    words.push(`(${formatSchedulerFlags(service.schedulerFlags, service.scheduler)})`);
  }
  words.push(...persistenceWords(service));
  if (service.onePacket) words.push('ops');
  return words.join(' ');
}

function persistenceWords({ match, persistence, persistenceEngine }: TableService): string[] {
  if (persistence === undefined) return [];
  const words = ['persistent', String(persistence.timeout)];
  if (persistence.netmask !== FULL_NETMASK[familyOfMatch(match)]) words.push('mask', persistence.netmask);
  if (persistenceEngine !== undefined) words.push('pe', persistenceEngine);
  return words;
}
