import { describe, expect, it } from 'vitest';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { packet } from '../../net/packet.ts';
import { ownPacket } from '../packet.ts';
import { refuseDestinationOptions, refuseHopOptions, type Refusal } from './ipv6-options.ts';

/** What becomes of a packet with these options behind the first two bytes of their header. */
function refusal(data: readonly number[], destination = '2001:db8:9::9'): Refusal | undefined {
  const ip = { source: '2001:db8:a::10', destination };
  const extensions = [{ kind: IP_PROTOCOL.hopByHop, data: Uint8Array.from(data) }];
  return refuseHopOptions(ownPacket(packet({ ip, extensions, udp: { source: 5, destination: 53 } })));
}

describe('hop-by-hop options', () => {
  it.each([
    ['padding', [1, 4, 0, 0, 0, 0]],
    ['padding of single bytes', [0, 0, 0, 0, 0, 0]],
    ['a router alert', [5, 2, 0, 0, 1, 0]],
    ['what nobody knows, to be passed over', [0x1e, 4, 1, 2, 3, 4]],
    ['IOAM on a word of its own', [1, 0, 0x31, 4, 1, 2, 3, 4, 1, 4, 0, 0, 0, 0]],
  ])('%s is good', (_what, data) => {
    expect(refusal(data)).toBeUndefined();
  });

  it.each([
    ['more than seven bytes of padding', [0, 0, 0, 0, 0, 0, 1, 6, 0, 0, 0, 0, 0, 0]],
    ['padding with something in it', [1, 4, 0, 0, 0, 1]],
    ['a router alert of three bytes', [5, 3, 0, 0, 0, 0]],
    ['what is to be dropped if nobody knows it', [0x5e, 4, 1, 2, 3, 4]],
    ['an option beyond the header', [0x1e, 200, 1, 2, 3, 4]],
    ['IOAM between two words', [0x31, 4, 1, 2, 3, 4]],
    ['CALIPSO of a domain that nobody knows', [7, 4, 0, 0, 0, 4]],
    ['a ninth option', [0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 2, 0, 0]],
  ])('%s is refused without a word', (_what, data) => {
    expect(refusal(data)).toEqual({});
  });

  it.each([
    ['what its sender wants to hear of', [0x9e, 4, 1, 2, 3, 4], { code: 2, at: 42 }],
    ['the same, but for multicast', [0xde, 4, 1, 2, 3, 4], { code: 2, at: 42 }],
    ['a jumbogram that is none', [0xc2, 4, 0, 0, 0, 40], { code: 0, at: 44 }],
    ['a jumbogram with a length in the header too', [0xc2, 4, 0, 1, 0, 0], { code: 0, at: 42 }],
  ])('%s is refused and told', (_what, data, told) => {
    expect(refusal(data)).toEqual({ told });
  });

  it('of multicast not everything is told', () => {
    expect(refusal([0xde, 4, 1, 2, 3, 4], 'ff02::1')).toEqual({});
    expect(refusal([0x9e, 4, 1, 2, 3, 4], 'ff02::1')).toEqual({ told: { code: 2, at: 42 } });
  });
});

describe('destination options', () => {
  function refusalOf(...headers: [kind: number, data: number[]][]): Refusal | undefined {
    const ip = { source: '2001:db8:a::10', destination: '2001:db8:9::9' };
    const extensions = headers.map(([kind, data]) => ({ kind, data: Uint8Array.from(data) }));
    return refuseDestinationOptions(ownPacket(packet({ ip, extensions, udp: { source: 5, destination: 53 } })));
  }

  it.each([
    ['padding', [1, 4, 0, 0, 0, 0]],
    ['what nobody knows, to be passed over', [0x1e, 4, 1, 2, 3, 4]],
  ])('%s is good', (_what, data) => {
    expect(refusalOf([IP_PROTOCOL.destinationOptions, data])).toBeUndefined();
  });

  it.each([
    ['what is to be dropped if nobody knows it', [0x5e, 4, 1, 2, 3, 4], {}],
    ['the home address of a mobile node', [0xc9, 4, 1, 2, 3, 4], {}],
    ['what its sender wants to hear of', [0xf1, 4, 1, 2, 3, 4], { told: { code: 2, at: 42 } }],
    ['a router alert, which is for hops', [0x85, 2, 0, 0, 1, 0], { told: { code: 2, at: 42 } }],
  ])('%s is refused', (_what, data, refused) => {
    expect(refusalOf([IP_PROTOCOL.destinationOptions, data])).toEqual(refused);
  });

  it('stand behind other headers, too', () => {
    const data = [0xf1, 4, 1, 2, 3, 4];
    const headers: [number, number[]][] = [
      [IP_PROTOCOL.hopByHop, [1, 4, 0, 0, 0, 0]],
      [IP_PROTOCOL.destinationOptions, data],
    ];
    expect(refusalOf(...headers)).toEqual({ told: { code: 2, at: 50 } });
    expect(refusalOf([IP_PROTOCOL.hopByHop, data])).toBeUndefined();
  });
});
