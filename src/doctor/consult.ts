import { isMarkMatch } from '../lvs/service.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { TableService } from '../lvs/table.ts';
import { isIpv4 } from './duties.ts';
import type { ConnectionFacts, DestinationFacts, Duty, HostFacts, Patient, ServiceFacts } from './facts.ts';
import { givenDuty, realServer, serviceFacts } from './patient.ts';
import { handshakePath, tryHandshake } from './probes/handshake.ts';
import { readHost, type HostReading } from './probes/read-host.ts';
import type { Shell } from './probes/shell.ts';
import { whoHas } from './probes/who-has.ts';

/** Whom to ask, and how to reach them. */
export interface Clinic {
  director:
    | {
        shell: Shell;
        services: readonly TableService[];
        statistics: readonly ServiceStatistics[];
        connections: readonly ConnectionFacts[];
        tcpTimeout: number;
        /** Does something in the director's network namespace. */
        inside: <T>(action: () => T) => Promise<T>;
      }
    | undefined;
  /** Hosts that are real servers; `duty` where no table tells it. */
  servers: readonly {
    shell: Shell;
    duty?: { method: Duty['method']; vip: string; port: number };
    directors?: readonly string[];
  }[];
  random: (below: number) => number;
}

/** The hosts that can be reached, the director first. */
export function shellsOf({ director, servers }: Clinic): Shell[] {
  return [...(director === undefined ? [] : [director.shell]), ...servers.map(({ shell }) => shell)];
}

/**
 * Reads every host, tries what can be tried from the director, and reads every host again: counters that grew meanwhile are
 * evidence. Nothing is changed.
 * @throws WeirError DOCTOR_FAILED, PRIVILEGE_MISSING, TOOL_MISSING
 */
export async function consult(clinic: Clinic): Promise<Patient> {
  const { director } = clinic;
  const shells = shellsOf(clinic);
  const before = await Promise.all(shells.map((shell) => readHost(shell)));
  const probed = director === undefined ? undefined : await probe(clinic, director, before[0]);
  const after = await Promise.all(shells.map((shell, place) => readHost(shell, before[place])));
  const hosts = after.map(({ facts }) => facts);
  const directorHost = director === undefined ? undefined : hosts.shift();
  return {
    director:
      director === undefined || directorHost === undefined || probed === undefined
        ? undefined
        : { host: directorHost, ...probed, connections: director.connections, tcpTimeout: director.tcpTimeout },
    servers: clinic.servers.flatMap(({ duty, directors = [] }, place) => {
      const host = hosts[place];
      if (host === undefined) return [];
      if (duty !== undefined) return [{ host, duties: [givenDuty(host, duty)], directors }];
      return [realServer(host, probed?.services ?? [], directorHost)];
    }),
  };
}

interface Probed {
  services: ServiceFacts[];
  answers: Record<string, string[]>;
}

async function probe(
  { random }: Clinic,
  { services, statistics, inside }: NonNullable<Clinic['director']>,
  reading: HostReading | undefined,
): Promise<Probed> {
  const facts = serviceFacts(services, statistics);
  if (reading === undefined) return { services: facts, answers: {} };
  const host = reading.facts;
  return await inside(() => ({
    services: facts.map((service) => withProbes(service, host, random)),
    answers: Object.fromEntries(vipsOf(facts).map((vip) => [vip, whoHas(host, vip)])),
  }));
}

function vipsOf(services: readonly ServiceFacts[]): string[] {
  const all = services.flatMap(({ match }) => (isMarkMatch(match) ? [] : [match.address]));
  return [...new Set(all)].filter(isIpv4);
}

function withProbes(service: ServiceFacts, host: HostFacts, random: Clinic['random']): ServiceFacts {
  const { match } = service;
  if (isMarkMatch(match) || match.protocol !== 'tcp') return service;
  const probeOf = (destination: DestinationFacts): DestinationFacts => {
    const { method } = destination;
    if (method === 'tunnel' || method === 'full-nat' || destination.port === 0) return destination;
    const path = handshakePath(host, method, {
      vip: match.address,
      server: destination.address,
      port: destination.port,
    });
    if (path === undefined) return destination;
    return { ...destination, probe: tryHandshake(path, 32_768 + random(28_000), random(2 ** 31)) };
  };
  return { ...service, destinations: service.destinations.map(probeOf) };
}
