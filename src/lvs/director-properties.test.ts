import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../test/support/memory-lab.ts';
import { frameFaults } from '../net/frame-faults.ts';
import { parseFrame, portsOf, type Frame } from '../net/frame.ts';
import type { Destination, ForwardingMethod } from './service.ts';
import { SCHEDULER_NAMES } from './schedulers/index.ts';
import type { Verdict } from './verdict.ts';

/** Frames, and a tenth as many sequences of steps, that each property is tried with; a nightly run sets more. */
const FRAMES = Number(process.env['WEIR_FUZZ'] ?? 1000);
const SEQUENCES = Math.ceil(FRAMES / 10);

const PORT = fc.integer({ min: 1, max: 6 });
const FLAGS = fc.constantFrom('S', 'A', 'FA', 'R', 'RA', 'SA', 'PA', '');
const PLACE = fc.nat(SERVERS.length - 1);

type Step =
  | { do: 'client' | 'server'; port: number; flags: string; place: number }
  | { do: 'datagram' | 'answer'; port: number; place: number }
  | { do: 'wait'; seconds: number }
  | { do: 'edit'; place: number; weight: number; threshold: number }
  | { do: 'delete' | 'add'; place: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
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

const SETUP = fc.record({
  scheduler: fc.constantFrom(...SCHEDULER_NAMES),
  method: fc.constantFrom<ForwardingMethod>('masquerade', 'route', 'tunnel'),
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

interface World {
  lab: MemoryLab;
  verdicts: Verdict[];
}

function play(setup: Setup, steps: readonly Step[]): World {
  const { scheduler, method, persistent, settings } = setup;
  const persistence = persistent ? { persistence: { timeout: 30, netmask: '255.255.255.255' } } : {};
  const of = (port: number) => (address: string) => server(address, port, { method });
  const lab = new MemoryLab({ settings })
    .serve(service(WEB, { scheduler, ...persistence }), ...SERVERS.map(of(80)))
    .serve(service(DNS, { scheduler, ...persistence }), ...SERVERS.map(of(53)));
  const verdicts: Verdict[] = [];
  for (const step of steps) verdicts.push(...playStep(lab, step, method));
  return { lab, verdicts };
}

type Setup = typeof SETUP extends fc.Arbitrary<infer Value> ? Value : never;

function playStep(lab: MemoryLab, step: Step, method: ForwardingMethod): Verdict[] {
  switch (step.do) {
    case 'client':
      return [lab.fromClient({ tcp: { source: step.port, destination: 80, flags: step.flags } })];
    case 'server':
      return [lab.fromServer(SERVERS[step.place]!, { tcp: { source: 80, destination: step.port, flags: step.flags } })];
    case 'datagram':
      return [lab.fromClient({ udp: { source: step.port, destination: 53 }, payload: step.place })];
    case 'answer':
      return [lab.fromServer(SERVERS[step.place]!, { udp: { source: 53, destination: step.port } })];
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

function endsOf(frame: Frame): string {
  const ip = frame.get('ipv4');
  const ports = portsOf(frame);
  return `${ip.source}:${ports?.source} > ${ip.destination}:${ports?.destination}`;
}

describe('whatever packets, edits and expiries come', () => {
  it('ActiveConn, InActConn and PersistConn are what the connection table holds', () => {
    fc.assert(
      fc.property(SETUP, fc.array(STEP, { maxLength: 60 }), (setup, steps) => {
        const { lab } = play(setup, steps);
        const entries = [...lab.director.connections()];
        for (const match of [WEB, DNS]) {
          for (const { id, active, inactive, persistent } of lab.director.statistics(match)!.destinations) {
            const own = entries.filter(
              ({ destination, virtual }) =>
                destination.address === id.address && virtual.port === ('port' in match ? match.port : 0),
            );
            expect(active).toBeGreaterThanOrEqual(0);
            expect(inactive).toBeGreaterThanOrEqual(0);
            expect(active + inactive).toBe(own.filter(({ template }) => !template).length);
            expect(persistent).toBeGreaterThanOrEqual(own.filter(({ template }) => template).length);
          }
        }
      }),
      { numRuns: SEQUENCES },
    );
  });

  it('no packet leaves with a wrong checksum or length', () => {
    fc.assert(
      fc.property(SETUP, fc.array(STEP, { maxLength: 60 }), (setup, steps) => {
        const { verdicts } = play(setup, steps);
        const faults = verdicts.flatMap(({ frames }) => frames.flatMap(({ bytes }) => frameFaults(parseFrame(bytes))));
        expect(faults).toEqual([]);
      }),
      { numRuns: SEQUENCES },
    );
  });

  it('all connections end when nothing more comes, and the counters with them', () => {
    fc.assert(
      fc.property(SETUP, fc.array(STEP, { maxLength: 40 }), (setup, steps) => {
        const { lab } = play(setup, steps);
        lab.wait(4000);
        expect([...lab.director.connections()]).toEqual([]);
        expect(lab.director.used).toBe(0);
        for (const match of [WEB, DNS]) {
          for (const one of lab.director.statistics(match)!.destinations) {
            expect([one.active, one.inactive, one.persistent]).toEqual([0, 0, 0]);
          }
        }
      }),
      { numRuns: SEQUENCES },
    );
  });
});

describe('masquerading is reversible', () => {
  it.each(['tcp', 'udp', 'sctp'] as const)(
    'the reply to a forwarded %s packet shows the client what it sent to',
    (name) => {
      const ports = fc.integer({ min: 21, max: 65_535 });
      fc.assert(
        fc.property(ports, ports, ports, fc.uint8Array({ maxLength: 100 }), (source, virtual, real, payload) => {
          const match = { protocol: name, address: VIP, port: virtual } as const;
          const lab = new MemoryLab().serve(service(match), server(SERVERS[0], real));
          const chunks = [{ type: 1, flags: 0, value: new Uint8Array(16) }];
          const body = name === 'sctp' ? { chunks } : {};
          const verdict = lab.fromClient({ [name]: { source, destination: virtual, ...body }, payload });
          const forwarded = parseFrame(verdict.frames[0]!.bytes);
          expect(endsOf(forwarded)).toBe(`${CLIENT}:${source} > ${SERVERS[0]}:${real}`);

          const reply = lab.fromServer(SERVERS[0], { [name]: { source: real, destination: source, ...body }, payload });

          expect(endsOf(parseFrame(reply.frames[0]!.bytes))).toBe(`${VIP}:${virtual} > ${CLIENT}:${source}`);
          expect(frameFaults(parseFrame(reply.frames[0]!.bytes))).toEqual([]);
        }),
      );
    },
  );
});

describe('arbitrary frames', () => {
  it('get a verdict, whatever bytes they are', () => {
    const lab = new MemoryLab().serve(service(WEB), server(SERVERS[0], 80)).serve(service(DNS), server(SERVERS[1], 53));
    const header = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 12, 16);
    const type = fc.constantFrom([8, 0], [0x86, 0xdd], [8, 6]);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), (etherType, bytes) => {
        const verdict = lab.director.receive(Uint8Array.of(...header, ...etherType, ...bytes), 'eth0');
        expect(['forward', 'pass', 'drop']).toContain(verdict.action);
        expect(verdict.reason).not.toBe('internal');
      }),
      { numRuns: FRAMES },
    );
  });

  it('and so do sound ones with some bytes changed', () => {
    const edits = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 });
    const lab = new MemoryLab().serve(service(WEB), server(SERVERS[0], 80)).serve(service(DNS), server(SERVERS[1], 53));
    const frames = ['S', 'A'].map((flags) => lab.tcp(flags).frames[0]!.bytes);
    fc.assert(
      fc.property(fc.constantFrom(...frames), edits, fc.nat(80), (sound, changes, length) => {
        const bytes = sound.slice(0, 14 + length);
        bytes.set([2, 0, 0, 0, 0, 1]);
        for (const [at, value] of changes) if (14 + at < bytes.length) bytes[14 + at] = value;
        expect(lab.director.receive(bytes, 'eth0').reason).not.toBe('internal');
      }),
      { numRuns: FRAMES },
    );
  });
});
