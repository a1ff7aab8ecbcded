import { randomInt } from 'node:crypto';
import { WeirError } from '../base/error.ts';
import { connectDirector, type DirectorClient } from '../daemon/client.ts';
import type { Clinic } from '../doctor/consult.ts';
import type { ConnectionFacts } from '../doctor/facts.ts';
import type { Shell } from '../doctor/probes/shell.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { visitNamespace } from '../kernel/visit-namespace.ts';
import { openLab, type Lab } from '../lab/lab.ts';
import { hostsOfRole } from '../lab/topology.ts';
import { endpointText, isMarkMatch, matchKey } from '../lvs/service.ts';
import type { TableService } from '../lvs/table.ts';

/** Whom `weir doctor` asks, by what was typed. */
export interface ClinicOptions {
  socket: string;
  /** `VIP:port`, `[VIP]:port` or a VIP: only these services. */
  service: string | undefined;
  /** Id of a lab, or true for the only one there is. */
  lab: string | true | undefined;
  /** `NAME=ssh://USER@HOST:PORT`, or the URL alone: real servers elsewhere. */
  via: readonly string[];
}

/** Connections that are looked at: enough to see who the clients are. */
const MOST_CONNECTIONS = 2000;

const random = (below: number): number => randomInt(below);

/** The director of this host, with those real servers that can be reached. @throws WeirError DAEMON_UNREACHABLE, USAGE */
export async function directorClinic({ socket, service, via }: ClinicOptions): Promise<Clinic> {
  return {
    director: {
      shell: { name: 'director', prefix: [] },
      ...(await rulesOf(socket, service)),
      inside: async (action) => await Promise.resolve(action()),
    },
    servers: via.map((text) => ({ shell: sshShell(text) })),
    random,
  };
}

/** Director and real servers of a lab. @throws WeirError LAB_UNKNOWN, DAEMON_UNREACHABLE */
export async function labClinic({ lab: id, service }: ClinicOptions): Promise<Clinic> {
  const lab = openLab(id === true ? undefined : id);
  return {
    director: {
      shell: labShell(lab, lab.director),
      ...(await rulesOf(lab.socket, service)),
      inside: async (action) => await visitNamespace(lab.namespace(lab.director), action),
    },
    servers: hostsOfRole(lab.topology, 'real server').map((host) => ({ shell: labShell(lab, host) })),
    random,
  };
}

/** This host as a real server. */
export function realServerClinic(
  duty: { method: 'masquerade' | 'route' | 'tunnel'; vip: string; port: number },
  directors: readonly string[],
): Clinic {
  return { director: undefined, servers: [{ shell: { name: 'this host', prefix: [] }, duty, directors }], random };
}

function labShell(lab: Lab, host: string): Shell {
  return { name: host, prefix: insideNamespace(lab.namespace(host), []) };
}

async function rulesOf(socket: string, only: string | undefined) {
  const director = await connectDirector(socket);
  const [table, statistics] = await Promise.all([director.table(), director.statistics()]);
  const wanted = table.services.map((service, place) => ({ service, statistics: statistics[place] }));
  const chosen = wanted.filter(({ service }) => only === undefined || isNamed(service, only));
  if (only !== undefined && chosen.length === 0) {
    throw new WeirError('SERVICE_UNKNOWN', `the director has no service ${only}`, {
      expected: table.services.map(({ match }) => matchKey(match)).join(', ') || 'a table that is not empty',
      fix: 'list the services with `ipvsadm -L -n`',
    });
  }
  return {
    services: chosen.map(({ service }) => service),
    statistics: chosen.flatMap((one) => (one.statistics === undefined ? [] : [one.statistics])),
    connections: await sampleOf(director),
    tcpTimeout: table.timeouts.tcp,
  };
}

async function sampleOf(director: DirectorClient): Promise<ConnectionFacts[]> {
  const sample: ConnectionFacts[] = [];
  for await (const { template, client, virtual, destination, state, expires } of director.connections()) {
    if (template) continue;
    sample.push({ client: client.address, virtual, server: destination, state, expires: expires / 1000 });
    if (sample.length >= MOST_CONNECTIONS) break;
  }
  return sample;
}

function isNamed({ match }: TableService, text: string): boolean {
  return !isMarkMatch(match) && (text === match.address || text === endpointText(match));
}

/** @throws WeirError USAGE */
function sshShell(text: string): Shell {
  const found = /^(?:([^=]+)=)?ssh:\/\/(?:([\w.-]+)@)?([\w.-]+|\[[0-9a-fA-F:]+\])(?::(\d+))?$/u.exec(text);
  if (found === null) {
    throw new WeirError('USAGE', `--via cannot read ${JSON.stringify(text)}`, {
      expected: 'ssh://USER@HOST, with NAME= before it if the host is to be called otherwise',
    });
  }
  const [, name, user, host = '', port] = found;
  const bare = host.replaceAll(/[[\]]/gu, '');
  const target = user === undefined ? bare : `${user}@${bare}`;
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', ...(port === undefined ? [] : ['-p', port])];
  return { name: name ?? bare, prefix: ['ssh', ...options, target] };
}
