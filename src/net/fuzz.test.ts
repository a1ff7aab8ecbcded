import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { broken, brokenFrame, HEADERS } from '../../test/support/arbitrary-frame.ts';
import { WeirError, type ErrorCode } from '../base/error.ts';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import type { Capture, CapturedPacket } from './capture.ts';
import { frameFaults } from './frame-faults.ts';
import { frameText } from './frame-text.ts';
import { formatFrame, parseFrame, parsePacket, parseQuote, portsOf, type Frame } from './frame.ts';
import { formatIpv4Options, parseIpv4Options } from './ipv4-options.ts';
import { formatIpv6Options, parseIpv6Options } from './ipv6-options.ts';
import { CODECS } from './layer.ts';
import { formatNeighbourMessage, parseNeighbourMessage } from './neighbour-discovery.ts';
import { PcapReader, writePcap } from './pcap.ts';
import { PcapngReader, writePcapng } from './pcapng.ts';
import { readCaptureFile } from './read-capture.ts';
import { formatSctpChunks, parseSctpChunks } from './sctp.ts';
import { formatTcpOptions, parseTcpOptions } from './tcp-options.ts';

/*
 * Whatever the bytes are: a value, or a WeirError of the right code; in time. WEIR_FUZZ is the number of inputs, all told
 * (20,000 unless told; a million at night).
 */
const TOTAL = Number(process.env['WEIR_FUZZ'] ?? 20_000);
const SHARE = { frames: 0.5, packets: 0.1, headers: 0.1, lists: 0.1, captures: 0.2 } as const;
/** Readings of one input in the tests of lists and of captures. */
const LIST_READERS = 5;
const CAPTURE_READERS = 3;

const began = process.hrtime.bigint();
let inputs = 0;
let errors = 0;

/** The value of reading, or undefined for a WeirError of this code; any other exception fails the test. */
function valueOr<Value>(code: ErrorCode, read: () => Value): Value | undefined {
  inputs += 1;
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== code) throw error;
    errors += 1;
    return undefined;
  }
}

/** Milliseconds for each test: a busy machine may be slow, a loop without an end is found all the same. */
const TIMEOUT = 60_000 + 5 * TOTAL;

/** Checks a share of all inputs. */
function assertShare<Input>(part: number, input: fc.Arbitrary<Input>, check: (input: Input) => void): void {
  fc.assert(fc.property(input, check), { numRuns: Math.ceil(TOTAL * part) });
}

const anyBytes = fc.uint8Array({ maxLength: 128 });
/** Any bytes after a header that leads somewhere. */
const steered = fc
  .tuple(fc.constantFrom('0800', '86dd', '0806', '8100', '6558'), fc.constantFrom('45', '60', '4f', '00'), anyBytes)
  .map(([type, first, rest]) => concatBytes(new Uint8Array(12), fromHex(type + first), rest));
const anyFrame = fc.oneof(anyBytes, steered, brokenFrame);

function isReadWhole(bytes: Uint8Array, parse: (bytes: Uint8Array) => Frame): void {
  const frame = valueOr('FRAME_INVALID', () => parse(bytes));
  if (frame === undefined) return;
  frameFaults(frame);
  frameText(frame);
  portsOf(frame);
  parseQuote(frame.payload);
  formatFrame(frame);
  expect(toHex(formatFrame(frame, { keep: true }))).toBe(toHex(bytes));
}

it(
  'frames are read and written to the same bytes, or refused',
  () => assertShare(SHARE.frames, anyFrame, (bytes) => isReadWhole(bytes, parseFrame)),
  TIMEOUT,
);

it(
  'packets are read and written to the same bytes, or refused',
  () => assertShare(SHARE.packets, anyFrame, (bytes) => isReadWhole(bytes.subarray(14), parsePacket)),
  TIMEOUT,
);

const anyHeader = fc.record({
  bytes: anyBytes,
  announced: fc.nat(255),
  codec: fc.constantFrom(...Object.values(CODECS)),
});

it(
  'headers of every protocol are read or refused',
  () =>
    assertShare(SHARE.headers, anyHeader, ({ bytes, announced, codec }) => {
      valueOr('FRAME_INVALID', () => codec.parse(bytes, 0, bytes.length, announced));
    }),
  TIMEOUT,
);

/** What was read can be written, and is then read as the same. */
function survives<Value>(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => Value[],
  format: (values: readonly Value[]) => Uint8Array,
): void {
  const values = valueOr('FRAME_INVALID', () => parse(bytes));
  expect(values && parse(format(values))).toEqual(values);
}

const anyList = fc.record({
  bytes: fc.uint8Array({ maxLength: 40 }),
  icmp: HEADERS.icmpv6,
  type: fc.integer({ min: 130, max: 140 }),
});

it(
  'options, chunks and messages are read or refused',
  () =>
    assertShare(SHARE.lists / LIST_READERS, anyList, ({ bytes, icmp, type }) => {
      survives(bytes, parseTcpOptions, formatTcpOptions);
      survives(bytes, parseIpv4Options, formatIpv4Options);
      survives(bytes, parseIpv6Options, formatIpv6Options);
      survives(bytes, parseSctpChunks, formatSctpChunks);
      const header = { ...icmp, type };
      const message = valueOr('FRAME_INVALID', () => parseNeighbourMessage({ header, payload: bytes }));
      expect(message && parseNeighbourMessage(formatNeighbourMessage(message))).toEqual(message);
    }),
  TIMEOUT,
);

const capture: Capture = {
  interfaces: [{ linkType: 1, snapLength: 96, name: 'eth0', comment: 'public' }],
  packets: [
    { interface: 0, time: 1_700_000_000_123_456_789n, bytes: new Uint8Array(5), originalLength: 60, comment: 'first' },
    { interface: 0, time: 1_700_000_001_000_000_000n, bytes: new Uint8Array(8), originalLength: 8, direction: 'out' },
  ],
  comment: 'whole',
};
const anyFile = fc.oneof(broken(fc.constantFrom(writePcap(capture), writePcapng(capture))), anyBytes);

function inChunks(reader: PcapReader | PcapngReader, bytes: Uint8Array, size: number): CapturedPacket[] {
  const packets: CapturedPacket[] = [];
  for (let start = 0; start < bytes.length; start += size)
    packets.push(...reader.push(bytes.subarray(start, start + size)));
  reader.end();
  return packets;
}

const anyFileInChunks = fc.record({ bytes: anyFile, size: fc.integer({ min: 1, max: 50 }) });

it(
  'capture files are read or refused, in chunks as at once',
  () =>
    assertShare(SHARE.captures / CAPTURE_READERS, anyFileInChunks, ({ bytes, size }) => {
      const atOnce = valueOr('CAPTURE_INVALID', () => readCaptureFile(bytes));
      const pcap = valueOr('CAPTURE_INVALID', () => inChunks(new PcapReader(), bytes, size));
      const pcapng = valueOr('CAPTURE_INVALID', () => inChunks(new PcapngReader(), bytes, size));
      expect(pcap ?? pcapng).toEqual(atOnce?.packets);
    }),
  TIMEOUT,
);

it('all of the inputs were tried', () => {
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(`fuzz: ${inputs} inputs, ${errors} of them refused, in ${seconds.toFixed(1)} s`);
  expect(inputs).toBeGreaterThanOrEqual(TOTAL);
  expect(errors).toBeGreaterThan(0);
});
