import { parseFrame } from '../net/frame.ts';
import { sendFrame } from '../sim/link.ts';
import type { Host } from '../sim/host.ts';
import type { Network } from '../sim/network.ts';
import type { Bed, Clinic } from './consult.ts';
import type { ConnectionFacts } from './facts.ts';
import { PATIENCE, type Exchange, type Heard } from './probes/exchange.ts';
import { grownCounters } from './probes/counters.ts';
import { simulatedCounters, simulatedFacts, simulatedStrangers } from './probes/simulated-host.ts';

/**
 * The doctor in a network in memory: the same facts read from simulated hosts, the same frames sent on simulated segments.
 * @param director name of the host that is the director
 * @param servers names of the real servers
 */
export function simulatedClinic(network: Network, director: string, servers: readonly string[]): Clinic {
  const host = network.host(director);
  return {
    director: {
      bed: bedOf(host),
      services: host.table.services,
      marks: host.table.marks,
      statistics: host.table.services.flatMap(({ match }) => host.director?.statistics(match) ?? []),
      connections: connectionsOf(host),
      tcpTimeout: host.table.timeouts.tcp,
      strangers: simulatedStrangers(host),
      onSegments: async (action) => await Promise.resolve(action(exchangeIn(network, host))),
    },
    servers: servers.map((name) => ({ bed: bedOf(network.host(name)) })),
    random: (below) => host.around.random(below),
  };
}

function bedOf(host: Host): Bed {
  return {
    name: host.name,
    shell: undefined,
    read: async (before) => {
      const totals = simulatedCounters(host);
      const counters = before === undefined ? {} : grownCounters(before.totals, totals);
      return await Promise.resolve({ facts: { ...simulatedFacts(host), counters }, totals });
    },
  };
}

function connectionsOf({ director, now }: Host): ConnectionFacts[] {
  director?.advance(now / 1000);
  return [...(director?.connections() ?? [])]
    .filter(({ template }) => !template)
    .map(({ client, virtual, destination, state, expires }) => ({
      client: client.address,
      virtual,
      server: destination,
      state,
      expires: expires / 1000,
    }));
}

/** Frames go out of the director's interfaces and come in there; meanwhile the clock of the network moves. */
function exchangeIn(network: Network, host: Host): Exchange {
  return (frames, isEnough = () => false) => {
    const begin = network.frames.length;
    const nics = new Set(frames.map(({ nic }) => nic));
    for (const { nic, frame } of frames) sendFrame(host, nic, frame);
    const end = network.agenda.now + PATIENCE * 1000;
    const heard = (): Heard[] =>
      network.frames
        .slice(begin)
        .filter((one) => one.host === host.name && one.direction === 'in' && nics.has(one.nic))
        .map(({ nic, bytes }) => ({ nic, frame: parseFrame(bytes) }));
    while (network.agenda.now < end && !isEnough(heard())) network.wait(STEP);
    return heard();
  };
}

/** Microseconds between two looks at what has come. */
const STEP = 10_000;
