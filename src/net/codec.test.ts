import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADERS } from '../../test/support/arbitrary-frame.ts';
import { format, type Codec } from './codec.ts';
import { CODECS, type LayerDrafts, type LayerHeaders, type LayerName } from './layer.ts';

interface Subject<Header extends Draft, Draft> {
  codec: Codec<Header, Draft>;
  headers: fc.Arbitrary<Header>;
}

function subjectOf<Name extends LayerName>(name: Name): Subject<LayerHeaders[Name], LayerDrafts[Name]> {
  return { codec: CODECS[name], headers: HEADERS[name] };
}

/** What announces a header decides how it is read in one case only. */
function announcement(header: object): number {
  return 'kind' in header && typeof header.kind === 'number' ? header.kind : 0;
}

const payload = fc.uint8Array({ minLength: 40, maxLength: 60 });

const NAMES: LayerName[] = [
  'ethernet',
  'vlan',
  'arp',
  'ipv4',
  'ipv6',
  'ipv6-extension',
  'ipv6-fragment',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmpv6',
  'gre',
  'gue',
];

it('every codec is tested here', () => {
  expect(NAMES).toEqual(Object.keys(CODECS));
});

describe.each(NAMES)('%s', (name) => {
  const { codec, headers } = subjectOf(name);

  it('reads what it wrote, whatever the lengths and checksums say', () => {
    fc.assert(
      fc.property(headers, payload, (header, data) => {
        const bytes = format(codec, header, data, { keep: true });
        expect(codec.parse(bytes, 0, bytes.length, announcement(header))).toEqual(header);
      }),
    );
  });

  it('writes what it read', () => {
    fc.assert(
      fc.property(headers, payload, (header, data) => {
        const bytes = format(codec, header, data, { keep: true });
        const read = codec.parse(bytes, 0, bytes.length, announcement(header));
        expect(format(codec, read, data, { keep: true })).toEqual(bytes);
      }),
    );
  });

  it('reads the same amid other bytes', () => {
    fc.assert(
      fc.property(headers, payload, fc.uint8Array({ maxLength: 9 }), (header, data, around) => {
        const bytes = format(codec, header, data, { keep: true });
        const amid = Uint8Array.of(...around, ...bytes, ...around);
        const read = codec.parse(amid, around.length, around.length + bytes.length, announcement(header));
        expect(read).toEqual(codec.parse(bytes, 0, bytes.length, announcement(header)));
      }),
    );
  });

  it('refuses a header that is cut off, wherever', () => {
    const [header] = fc.sample(headers, { numRuns: 1, seed: 7 });
    const bytes = format(codec, header!, new Uint8Array(0), { keep: true });
    // TCP without its options is read as TCP with a wrong data offset (tcp.test.ts).
    const needed = name === 'tcp' ? 20 : bytes.length;
    for (let length = 0; length < needed; length++) {
      expect(() => codec.parse(bytes, 0, length, announcement(header!))).toThrow(
        expect.objectContaining({ code: 'FRAME_INVALID' }),
      );
    }
  });
});
