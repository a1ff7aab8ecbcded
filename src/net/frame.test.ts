import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameSpec, packetSpec, validFrame } from '../../test/support/arbitrary-frame.ts';
import { readWireRecordings, wireFrames } from '../../test/support/golden-wire.ts';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { formatFrame, parseFrame, parsePacket } from './frame.ts';
import { packet, packetDraft } from './packet.ts';

describe('a frame', () => {
  it('is its headers, where they stand, and what they carry', () => {
    const bytes = packet({ eth: {}, ip: { ttl: 63 }, tcp: { flags: 'SA' }, payload: 'hello', trailer: 1 });
    const frame = parseFrame(bytes);
    expect(frame.layers.map(({ name, offset, end }) => [name, offset, end])).toEqual([
      ['ethernet', 0, 60],
      ['ipv4', 14, 59],
      ['tcp', 34, 59],
    ]);
    expect(frame.get('ipv4').ttl).toBe(63);
    expect(frame.payload).toEqual(new TextEncoder().encode('hello'));
    expect(frame.trailer).toEqual(Uint8Array.of(0));
    expect(frame.malformed).toBeUndefined();
  });

  it('says which header it lacks', () => {
    const frame = parseFrame(packet({ eth: {}, udp: {} }));
    expect(frame.find('tcp')).toBeUndefined();
    expect(() => frame.get('tcp')).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID', expected: 'tcp', found: 'ethernet / ipv4 / udp' }),
    );
  });

  it("from a Buffer of Node's has plain bytes all the same", () => {
    const frame = parseFrame(Buffer.from(packet({ eth: {}, udp: {}, payload: 2 })));
    expect([frame.bytes, frame.payload].map((bytes) => bytes.constructor)).toEqual([Uint8Array, Uint8Array]);
  });

  it('without an Ethernet header is none', () => {
    expect(() => parseFrame(new Uint8Array(13))).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID', expected: '14 bytes', found: '13 bytes' }),
    );
  });

  it.each(['', '00', '45', '5000'])('that is no IP packet is refused: %j', (hex) => {
    expect(() => parsePacket(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('keeps as payload what it cannot read, and says why', () => {
    const frame = parseFrame(packet({ eth: {}, tcp: {} }).subarray(0, 30));
    expect(frame.layers.map(({ name }) => name)).toEqual(['ethernet']);
    expect(frame.payload.length).toBe(16);
    expect(frame.malformed).toMatchObject({
      name: 'ipv4',
      error: { message: 'IPv4 header is cut off', where: 'byte 14' },
    });
  });

  it('is read whole, in whatever order its headers stand', () => {
    fc.assert(
      fc.property(frameSpec, (spec) => {
        const draft = packetDraft(spec);
        const frame = parseFrame(formatFrame(draft));
        expect(frame.layers.map(({ name }) => name)).toEqual(draft.layers.map(({ name }) => name));
        expect(frame.layers).toMatchObject(draft.layers);
        expect(toHex(frame.payload)).toBe(toHex(draft.payload));
        expect(frame.malformed).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('without Ethernet is read whole too', () => {
    fc.assert(
      fc.property(packetSpec, (spec) => {
        const frame = parsePacket(packet(spec));
        expect(frame.layers).toMatchObject(packetDraft(spec).layers);
        expect(frameFaults(frame)).toEqual([]);
      }),
    );
  });

  it('is written as it was read, computed or kept', () => {
    fc.assert(
      fc.property(validFrame, fc.uint8Array({ maxLength: 8 }), (bytes, padding) => {
        const padded = concatBytes(bytes, padding);
        const frame = parseFrame(padded);
        expect(toHex(formatFrame(frame))).toBe(toHex(padded));
        expect(toHex(formatFrame(frame, { keep: true }))).toBe(toHex(padded));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('writing a frame', () => {
  const frame = parseFrame(packet({ eth: {}, ip: { source: '10.1.0.10' }, tcp: { checksum: 0xdead }, payload: 3 }));
  const changed = {
    layers: frame.layers.map((layer) =>
      layer.name === 'ipv4' ? { ...layer, header: { ...layer.header, ttl: 1 } } : layer,
    ),
    payload: new Uint8Array(100),
  };

  it('computes lengths and checksums anew', () => {
    const written = parseFrame(formatFrame(changed));
    expect(written.get('ipv4').totalLength).toBe(140);
    expect(frameFaults(written)).toEqual([]);
  });

  it('keeps them when it is told to', () => {
    const written = parseFrame(formatFrame(changed, { keep: true }));
    expect(written.get('ipv4')).toMatchObject({ ttl: 1, totalLength: 43, checksum: frame.get('ipv4').checksum });
    expect(written.get('tcp').checksum).toBe(0xdead);
  });

  it('leaves what stands within a fragment as it is: it belongs to the whole packet', () => {
    const whole = packet({ ip: {}, inner: { udp: { source: 1, destination: 2 }, payload: 2000 } });
    const fragment = packet({ ip: { moreFragments: true, protocol: 4 }, payload: whole.subarray(20, 1020) });
    expect(parsePacket(fragment).layers.map(({ name }) => name)).toEqual(['ipv4', 'ipv4', 'udp']);
    expect(toHex(formatFrame(parsePacket(fragment)))).toBe(toHex(fragment));
  });
});

describe('recorded frames', () => {
  const frames = readWireRecordings().flatMap((recording) =>
    wireFrames(recording).map((hex, index) => ({ name: `${recording.name} frame ${index}`, hex })),
  );
  /** Cases into which wrong lengths or checksums were put on purpose, or found on the wire. */
  const WRONG = /bad-checksum|bad-ip-checksum|bad-crc|bad-doff|udp-short/;

  it('are many', () => {
    expect(frames.length).toBeGreaterThan(100);
  });

  it('are read and written again to the same bytes', () => {
    const differ = frames.filter(({ hex }) => toHex(formatFrame(parseFrame(fromHex(hex)), { keep: true })) !== hex);
    expect(differ).toEqual([]);
  });

  it('have the lengths and checksums that are computed for them, apart from those made wrong', () => {
    const right = frames.filter(({ name }) => !WRONG.test(name));
    const read = right.map(({ name, hex }) => ({ name, hex, frame: parseFrame(fromHex(hex)) }));
    expect(read.filter(({ frame }) => frame.malformed !== undefined)).toEqual([]);
    expect(read.filter(({ frame }) => frameFaults(frame).length > 0)).toEqual([]);
    expect(read.filter(({ frame, hex }) => toHex(formatFrame(frame)) !== hex)).toEqual([]);
  });

  it('have faults where they were made wrong', () => {
    const faults = new Set(
      frames
        .filter(({ name }) => WRONG.test(name))
        .flatMap(({ hex }) => frameFaults(parseFrame(fromHex(hex))).map(({ layer, field }) => `${layer} ${field}`)),
    );
    expect([...faults].sort()).toEqual([
      'ipv4 checksum',
      'sctp checksum',
      'tcp checksum',
      'tcp dataOffset',
      'udp length',
    ]);
  });
});
