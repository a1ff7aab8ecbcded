import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labOf, play, playStep, SETUP, STEP } from '../../test/support/arbitrary-life.ts';
import { CLIENT, DNS, MemoryLab, server, SERVERS, service, VIP, WEB } from '../../test/support/memory-lab.ts';
import type { Verdict } from './verdict.ts';
import { frameFaults } from '../net/frame-faults.ts';
import { parseFrame, portsOf, type Frame } from '../net/frame.ts';

/** Frames, and a tenth as many sequences of steps, that each property is tried with; a nightly run sets more. */
const FRAMES = Number(process.env['WEIR_FUZZ'] ?? 1000);
const SEQUENCES = Math.ceil(FRAMES / 10);

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

describe('an explanation', () => {
  /** Whose choice is chance: an explanation shows one that is possible. */
  const BY_CHANCE: ReadonlySet<string> = new Set(['twos', 'p2c']);

  it('says what then happens, and changes nothing', () => {
    fc.assert(
      fc.property(SETUP, fc.array(STEP, { maxLength: 30 }), (setup, steps) => {
        fc.pre(!BY_CHANCE.has(setup.scheduler));
        const lab = labOf(setup);
        let explained: Verdict | undefined;
        lab.beforeReceive = (frame, arrived) => {
          const before = everything(lab);
          explained = lab.director.explain(frame.slice(14), arrived);
          expect(everything(lab)).toEqual(before);
        };
        for (const step of steps) {
          explained = undefined;
          expect(playStep(lab, step, setup.method)).toEqual(explained === undefined ? [] : [explained]);
        }
      }),
      { numRuns: SEQUENCES },
    );
  });

  function everything({ director }: MemoryLab) {
    return {
      connections: [...director.connections()],
      statistics: [director.statistics(WEB), director.statistics(DNS)],
      reasons: [...director.reasons],
      used: director.used,
    };
  }
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
