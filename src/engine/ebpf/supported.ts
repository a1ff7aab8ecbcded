import { WeirError } from '../../base/error.ts';
import type { Operation } from '../../lvs/operation.ts';
import { type Destination, type Service, isMarkMatch, matchKey } from '../../lvs/service.ts';
import { DEFAULT_SETTINGS, settingOf, type Settings } from '../../lvs/settings.ts';

/** Schedulers that the forwarding programs have (bpf/schedule/). */
export const SCHEDULERS: ReadonlySet<string> = new Set(['rr', 'wrr']);

/**
 * Refuses what the forwarding programs do not do, before anything is changed: a rule that is accepted is a rule that works.
 * @throws WeirError ENGINE_UNSUPPORTED
 */
export function checkSupported(operation: Operation): void {
  switch (operation.do) {
    case 'add-service':
    case 'edit-service':
      return checkService(operation.service);
    case 'add-destination':
    case 'edit-destination':
      return checkDestination(operation.destination);
    case 'start-daemon':
    case 'stop-daemon':
      throw unsupported('connection synchronisation', operation.do);
    case 'add-mark':
    case 'delete-mark':
      throw unsupported('rules for firewall marks', operation.do);
    case 'set-source':
    case 'delete-source':
      throw unsupported('sources of full NAT', operation.do);
    case 'set-settings':
      return checkSettings(operation.settings);
    case 'delete-service':
    case 'delete-destination':
    case 'flush':
    case 'set-timeouts':
      return;
  }
}

/** The programs behave as the kernel with the defaults of its settings. */
function checkSettings(settings: Partial<Settings>): void {
  for (const [name, value] of Object.entries(settings)) {
    const { name: known } = settingOf(name, value);
    if (DEFAULT_SETTINGS[known] !== value) throw unsupported(`the setting ${known}=${value}`, known);
  }
}

function checkService(service: Service): void {
  const where = matchKey(service.match);
  if (isMarkMatch(service.match)) throw unsupported('firewall-mark services', where);
  if (service.match.protocol === 'sctp') throw unsupported('SCTP', where);
  if (service.match.port === 0) throw unsupported('services on any port', where);
  if (service.persistence !== undefined) throw unsupported('persistence', where);
  if (service.onePacket) throw unsupported('one-packet scheduling', where);
}

function checkDestination(destination: Destination): void {
  const where = `${destination.address}:${destination.port}`;
  if (destination.method === 'full-nat') throw unsupported('full NAT', where);
  if (destination.upperThreshold > 0 || destination.lowerThreshold > 0) throw unsupported('thresholds', where);
}

export function unsupported(what: string, where?: string): WeirError {
  return new WeirError('ENGINE_UNSUPPORTED', `the eBPF engine does not have ${what} yet`, {
    ...(where === undefined ? {} : { where }),
    fix: 'see docs/limits.md for what each engine has',
  });
}
