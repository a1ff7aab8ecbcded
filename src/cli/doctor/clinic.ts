import { randomInt } from 'node:crypto';
import { WeirError } from '../../base/error.ts';
import { connectDirector, type DirectorClient } from '../../daemon/client.ts';
import { bedBehind, type Clinic } from '../../doctor/consult.ts';
import type { ConnectionFacts } from '../../doctor/facts.ts';
import { exchangeByPacketSocket } from '../../doctor/probes/exchange.ts';
import { THIS_HOST } from '../../doctor/report.ts';
import { simulatedClinic } from '../../doctor/simulated.ts';
import type { Shell } from '../../doctor/probes/shell.ts';
import { insideNamespace } from '../../kernel/namespace.ts';
import { visitNamespace } from '../../kernel/visit-namespace.ts';
import { loadTopology, topologyNames } from '../../lab/catalogue.ts';
import { loadFault, plantFaults } from '../../lab/fault.ts';
import { openLab, type Lab } from '../../lab/lab.ts';
import { simulate } from '../../lab/simulate.ts';
import { hostOfRole, hostsOfRole } from '../../lab/topology.ts';
import { endpointText, isMarkMatch, matchKey } from '../../lvs/service.ts';
import type { ServiceStatistics } from '../../lvs/statistics.ts';
import type { TableService } from '../../lvs/table.ts';

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

/** The host of the director that is asked. */
const HERE: Shell = { name: 'director', options: '', prefix: [] };
const REAL_SERVER: Shell = { name: THIS_HOST.en, options: '--real-server', prefix: [] };

/** Connections that are looked at: enough to see who the clients are. */
const MOST_CONNECTIONS = 2000;

const random = (below: number): number => randomInt(below);

/** The director of this host, with those real servers that can be reached. @throws WeirError DAEMON_UNREACHABLE, USAGE */
export async function directorClinic({ socket, service, via }: ClinicOptions): Promise<Clinic> {
  // What was typed wrong is said before anybody is asked.
  const servers = via.map((text) => ({ bed: bedBehind(sshShell(text)) }));
  return {
    director: {
      bed: bedBehind(HERE),
      ...(await rulesOf(socket, service)),
      onSegments: async (action) => await Promise.resolve(action(exchangeByPacketSocket)),
    },
    servers,
    random,
  };
}

/** Director and real servers of a lab. @throws WeirError LAB_UNKNOWN, DAEMON_UNREACHABLE */
export async function labClinic({ lab: id, service }: ClinicOptions): Promise<Clinic> {
  const lab = openLab(id === true ? undefined : id);
  return {
    director: {
      bed: bedBehind(labShell(lab, lab.director)),
      ...(await rulesOf(lab.socket, service)),
      onSegments: async (action) =>
        await visitNamespace(lab.namespace(lab.director), () => action(exchangeByPacketSocket)),
    },
    servers: hostsOfRole(lab.topology, 'real server').map((host) => ({ bed: bedBehind(labShell(lab, host)) })),
    random,
  };
}

/** A topology in memory, with faults if there are to be some, after two requests of its client. @throws WeirError LAB_UNKNOWN, USAGE */
export async function simulatedLabClinic(
  name: string | true,
  faults: readonly string[],
  service: string | undefined,
): Promise<Clinic> {
  if (name === true) {
    throw new WeirError('USAGE', 'in memory no lab stands that could be meant', {
      expected: `--lab with one of ${topologyNames().join(', ')}`,
    });
  }
  const topology = await plantFaults(await loadTopology(name), faults);
  const network = await simulate(topology);
  for (let request = 0; request < REQUESTS; request++) {
    network.request(hostOfRole(topology, 'client'), { to: topology.service, protocol: 'tcp', timeout: PATIENCE });
  }
  const planted = await Promise.all(faults.map(loadFault));
  network.wait(Math.max(0, ...planted.map(({ ripens = 0 }) => ripens)) * 1_000_000);
  const clinic = simulatedClinic(network, hostOfRole(topology, 'director'), hostsOfRole(topology, 'real server'));
  const { director } = clinic;
  if (director === undefined) return clinic;
  return { ...clinic, director: { ...director, ...chosenOf(director.services, director.statistics, service) } };
}

/** One for each real server, and microseconds that the client waits for each. */
const REQUESTS = 2;
const PATIENCE = 1_000_000;

/** This host as a real server. */
export function realServerClinic(
  duty: { method: 'masquerade' | 'route' | 'tunnel'; vip: string; port: number },
  directors: readonly string[],
): Clinic {
  return {
    director: undefined,
    servers: [{ bed: bedBehind(REAL_SERVER), duty, directors }],
    random,
  };
}

/** Where commands can be typed, also where no director answers. @throws WeirError LAB_UNKNOWN, USAGE */
export function shellsMeant({ lab: id, via }: Pick<ClinicOptions, 'lab' | 'via'>, realServer: boolean): Shell[] {
  if (realServer) return [REAL_SERVER];
  if (id === undefined) return [HERE, ...via.map(sshShell)];
  const lab = openLab(id === true ? undefined : id);
  return [lab.director, ...hostsOfRole(lab.topology, 'real server')].map((host) => labShell(lab, host));
}

function labShell(lab: Lab, host: string): Shell {
  const environment = Object.entries(lab.environment(host)).map(([name, value]) => `${name}=${value}`);
  return {
    name: host,
    options: `--lab ${lab.id}`,
    prefix: insideNamespace(lab.namespace(host), ['env', ...environment]),
  };
}

async function rulesOf(socket: string, only: string | undefined) {
  const director = await connectDirector(socket);
  const [table, statistics, { strangers }] = await Promise.all([
    director.table(),
    director.statistics(),
    director.status(),
  ]);
  return {
    ...chosenOf(table.services, statistics, only),
    connections: await sampleOf(director),
    marks: table.marks,
    tcpTimeout: table.timeouts.tcp,
    strangers,
  };
}

/** All services, or those that are named. @throws WeirError SERVICE_UNKNOWN */
function chosenOf(
  services: readonly TableService[],
  statistics: readonly ServiceStatistics[],
  only: string | undefined,
): { services: TableService[]; statistics: ServiceStatistics[] } {
  const all = services.map((service, place) => ({ service, statistics: statistics[place] }));
  const chosen = all.filter(({ service }) => only === undefined || isNamed(service, only));
  if (only !== undefined && chosen.length === 0) {
    throw new WeirError('SERVICE_UNKNOWN', `the director has no service ${only}`, {
      expected: services.map(({ match }) => matchKey(match)).join(', ') || 'a table that is not empty',
      fix: 'list the services with `ipvsadm -L -n`',
    });
  }
  return {
    services: chosen.map(({ service }) => service),
    statistics: chosen.flatMap((one) => (one.statistics === undefined ? [] : [one.statistics])),
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
  return { name: name ?? bare, options: `--via ${text}`, prefix: ['ssh', ...options, target] };
}
