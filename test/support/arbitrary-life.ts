import * as fc from 'fast-check';
import type { Destination, ForwardingMethod } from '../../src/lvs/service.ts';
import { SCHEDULER_NAMES } from '../../src/lvs/schedulers/index.ts';
import type { Verdict } from '../../src/lvs/verdict.ts';
import { DNS, MemoryLab, server, SERVERS, service, WEB } from './memory-lab.ts';

/*
 * The life of a director: any sequence of packets of a client and of servers, edits and times. The domains are small, so that
 * connections and servers meet again.
 */

/** The director's own address on the side of the servers. */
const SOURCE = '10.2.0.1';

const PORT = fc.integer({ min: 1, max: 6 });
const FLAGS = fc.constantFrom('S', 'A', 'FA', 'R', 'RA', 'SA', 'PA', '');
const PLACE = fc.nat(SERVERS.length - 1);

export type Step =
  | { do: 'client' | 'server'; port: number; flags: string; place: number }
  | { do: 'datagram' | 'answer'; port: number; place: number }
  | { do: 'wait'; seconds: number }
  | { do: 'edit'; place: number; weight: number; threshold: number }
  | { do: 'delete' | 'add'; place: number };

export const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('client', 'server'), port: PORT, flags: FLAGS, place: PLACE }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('datagram', 'answer'), port: PORT, place: PLACE }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 400 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('edit'), place: PLACE, weight: fc.nat(5), threshold: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('delete', 'add'), place: PLACE }) },
);

export const SETUP = fc.record({
  scheduler: fc.constantFrom(...SCHEDULER_NAMES),
  method: fc.constantFrom<ForwardingMethod>('masquerade', 'route', 'tunnel', 'full-nat'),
  persistent: fc.boolean(),
  settings: fc.record({
    expire_nodest_conn: fc.nat(1),
    conn_reuse_mode: fc.nat(3),
    sloppy_tcp: fc.nat(1),
    drop_entry: fc.constantFrom(0, 3),
    secure_tcp: fc.constantFrom(0, 3),
    expire_quiescent_template: fc.nat(1),
  }),
});

export interface World {
  lab: MemoryLab;
  verdicts: Verdict[];
}

/** A director with two services before anything has happened. */
export function labOf(setup: Setup): MemoryLab {
  const { scheduler, method, persistent, settings } = setup;
  const persistence = persistent ? { persistence: { timeout: 30, netmask: '255.255.255.255' } } : {};
  const of = (port: number) => (address: string) => server(address, port, { method });
  return new MemoryLab({ settings })
    .apply({ do: 'set-source', source: { address: SOURCE, firstPort: 1, lastPort: 9 } })
    .serve(service(WEB, { scheduler, ...persistence }), ...SERVERS.map(of(80)))
    .serve(service(DNS, { scheduler, ...persistence }), ...SERVERS.map(of(53)));
}

export function play(setup: Setup, steps: readonly Step[]): World {
  const lab = labOf(setup);
  const { method } = setup;
  const verdicts: Verdict[] = [];
  for (const step of steps) verdicts.push(...playStep(lab, step, method));
  return { lab, verdicts };
}

export type Setup = typeof SETUP extends fc.Arbitrary<infer Value> ? Value : never;

export function playStep(lab: MemoryLab, step: Step, method: ForwardingMethod): Verdict[] {
  switch (step.do) {
    case 'client':
      return [lab.fromClient({ tcp: { source: step.port, destination: 80, flags: step.flags } })];
    case 'server': {
      const tcp = { source: 80, destination: step.port, flags: step.flags };
      return [lab.fromServer(SERVERS[step.place]!, { ...towards(step, method), tcp })];
    }
    case 'datagram':
      return [lab.fromClient({ udp: { source: step.port, destination: 53 }, payload: step.place })];
    case 'answer': {
      const udp = { source: 53, destination: step.port };
      return [lab.fromServer(SERVERS[step.place]!, { ...towards(step, method), udp })];
    }
    case 'wait':
      lab.wait(step.seconds);
      return [];
    case 'edit':
      change(lab, 'edit-destination', server(SERVERS[step.place]!, 80, { method, ...limits(step) }));
      return [];
    case 'add':
      change(lab, 'add-destination', server(SERVERS[step.place]!, 80, { method }));
      return [];
    case 'delete':
      change(lab, 'delete-destination', server(SERVERS[step.place]!, 80));
      return [];
  }
}

/** With full NAT a server answers the director, on one of its ports. */
function towards({ place }: { place: number }, method: ForwardingMethod) {
  return method === 'full-nat' ? { ip: { source: SERVERS[place]!, destination: SOURCE } } : {};
}

function limits({ weight, threshold }: { weight: number; threshold: number }) {
  return { weight, upperThreshold: threshold, lowerThreshold: Math.min(threshold, 1) };
}

/** A change that the table may refuse, as one of a server that is not there. */
function change(
  lab: MemoryLab,
  kind: 'add-destination' | 'edit-destination' | 'delete-destination',
  destination: Destination,
): void {
  const known = lab.table.services
    .find(({ match }) => match === WEB)
    ?.destinations.some(({ address }) => address === destination.address);
  if (known === (kind !== 'add-destination')) lab.apply({ do: kind, match: WEB, destination });
}
