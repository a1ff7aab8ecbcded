import type { Stranger } from '../engine/engine.ts';
import type { MarkRule } from '../lvs/mark.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { TableService } from '../lvs/table.ts';
import type { ConnectionFacts, Duty, Patient } from './facts.ts';
import { givenDuty, realServer, serviceFacts } from './patient.ts';
import type { Exchange } from './probes/exchange.ts';
import { readHost, type HostReading } from './probes/read-host.ts';
import type { Shell } from './probes/shell.ts';
import { tryNetwork, type Tried } from './probes/try-network.ts';

/** A host that can be looked at. */
export interface Bed {
  name: string;
  /** Where commands that mend can be typed; absent where there is no such place. */
  shell: Shell | undefined;
  /** @param before an earlier reading: `facts.counters` is then what has grown since */
  read(before?: HostReading): Promise<HostReading>;
}

/** Whom to ask, and how to reach them. */
export interface Clinic {
  director:
    | {
        bed: Bed;
        services: readonly TableService[];
        /** Rules by which the director itself gives packets marks. */
        marks: readonly MarkRule[];
        statistics: readonly ServiceStatistics[];
        connections: readonly ConnectionFacts[];
        tcpTimeout: number;
        strangers: readonly Stranger[];
        /** Does something with the means to send and hear frames on the director's segments. */
        onSegments: <T>(action: (exchange: Exchange) => T) => Promise<T>;
      }
    | undefined;
  /** Hosts that are real servers; `duty` where no table tells it. */
  servers: readonly {
    bed: Bed;
    duty?: { method: Duty['method']; vip: string; port: number };
    directors?: readonly string[];
  }[];
  random: (below: number) => number;
}

/** A host that is asked by its usual tools. */
export function bedBehind(shell: Shell): Bed {
  return { name: shell.name, shell, read: async (before) => await readHost(shell, before) };
}

/** The hosts that can be looked at, the director first. */
export function bedsOf({ director, servers }: Clinic): Bed[] {
  return [...(director === undefined ? [] : [director.bed]), ...servers.map(({ bed }) => bed)];
}

/** Where commands can be typed. */
export function shellsOf(clinic: Clinic): Shell[] {
  return bedsOf(clinic).flatMap(({ shell }) => shell ?? []);
}

/**
 * Reads every host, tries what can be tried from the director, and reads every host again: counters that grew meanwhile are
 * evidence. Nothing is changed.
 * @throws WeirError DOCTOR_FAILED, PRIVILEGE_MISSING, TOOL_MISSING
 */
export async function consult(clinic: Clinic): Promise<Patient> {
  const { director } = clinic;
  const beds = bedsOf(clinic);
  const before = await Promise.all(beds.map(async (bed) => await bed.read()));
  const tried = director === undefined ? undefined : await tryAt(director, before[0], clinic.random);
  const after = await Promise.all(beds.map(async (bed, place) => await bed.read(before[place])));
  const hosts = after.map(({ facts }) => facts);
  const directorHost = director === undefined ? undefined : hosts.shift();
  return {
    director:
      director === undefined || directorHost === undefined || tried === undefined
        ? undefined
        : {
            host: directorHost,
            ...tried,
            connections: director.connections,
            tcpTimeout: director.tcpTimeout,
            strangers: director.strangers,
          },
    servers: clinic.servers.flatMap(({ duty, directors = [] }, place) => {
      const host = hosts[place];
      if (host === undefined) return [];
      if (duty !== undefined) return [{ host, duties: [givenDuty(host, duty)], directors }];
      return [realServer(host, tried?.services ?? [], directorHost)];
    }),
  };
}

async function tryAt(
  { services, statistics, marks, onSegments }: NonNullable<Clinic['director']>,
  reading: HostReading | undefined,
  random: Clinic['random'],
): Promise<Tried> {
  const facts = serviceFacts(services, statistics, marks);
  if (reading === undefined) return { services: facts, answers: {}, gateways: {} };
  return await onSegments((exchange) => tryNetwork(reading.facts, facts, exchange, random));
}
