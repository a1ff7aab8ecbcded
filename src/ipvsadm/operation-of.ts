import type { Operation } from '../lvs/operation.ts';
import type { Destination, DestinationId, Service, ServiceMatch } from '../lvs/service.ts';
import type { Draft, ServiceDraft } from './draft.ts';
import { DEFAULTS } from './options.ts';

/** The change of the table that a command line asks for; undefined for commands that change nothing in it. */
export function operationOf(draft: Draft): Operation | undefined {
  const match = matchOf(draft.service);
  switch (draft.command) {
    case 'add-service':
    case 'edit-service':
      return { do: draft.command, service: serviceOf(draft.service) };
    case 'delete-service':
      return { do: 'delete-service', match };
    case 'add-server':
      return { do: 'add-destination', match, destination: destinationOf(draft) };
    case 'edit-server':
      return { do: 'edit-destination', match, destination: destinationOf(draft) };
    case 'delete-server':
      return { do: 'delete-destination', match, destination: destinationIdOf(draft) };
    case 'flush':
      return { do: 'flush' };
    case 'set':
      return { do: 'set-timeouts', timeouts: draft.timeouts };
    case 'start-daemon':
      return { do: 'start-daemon', daemon: draft.daemon };
    case 'stop-daemon':
      return { do: 'stop-daemon', role: draft.daemon.role };
    case 'list':
    case 'restore':
    case 'save':
    case 'zero':
    default:
      return undefined;
  }
}

export function matchOf({ mark, family = 'inet', protocol = 'tcp', address, port }: ServiceDraft): ServiceMatch {
  return mark === 0 ? { protocol, address, port } : { mark, family };
}

function serviceOf(draft: ServiceDraft): Service {
  return {
    match: matchOf(draft),
    scheduler: draft.scheduler ?? DEFAULTS.scheduler,
    schedulerFlags: draft.flags,
    onePacket: draft.onePacket,
    ...(draft.persistence === undefined ? {} : { persistence: { timeout: draft.persistence, netmask: draft.netmask } }),
    ...(draft.engine === undefined ? {} : { persistenceEngine: draft.engine }),
  };
}

function destinationOf(draft: Draft): Destination {
  const { method, weight, upperThreshold, lowerThreshold, tunnel } = draft.server;
  // Only masquerading can change the port; what the command line says is passed over without a word, as in ipvsadm.
  const { address, port } = destinationIdOf(draft);
  const fixed = method !== 'masquerade' && draft.service.mark === 0;
  return { address, port: fixed ? draft.service.port : port, method, weight, upperThreshold, lowerThreshold, tunnel };
}

function destinationIdOf({ server: { address, port } }: Draft): DestinationId {
  return { address, port };
}
