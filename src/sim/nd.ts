import type { Packet } from '../lvs/packet.ts';
import { readPacket } from '../lvs/packet.ts';
import { u32 } from '../net/bytes.ts';
import { multicastMac, type MacAddress } from '../net/mac-address.ts';
import { parseNeighbourMessage, solicitedNode, type NeighbourAdvertisement } from '../net/neighbour-discovery.ts';
import type { NeighbourOption } from '../net/neighbour-options.ts';
import { packet as makePacket } from '../net/packet.ts';
import type { Host, WaitingPacket } from './host.ts';
import { sendFrame } from './link.ts';

/** RFC 4861 section 7: what comes with another hop limit was sent by somebody who is not on this network. */
const HOP_LIMIT = 255;

/** Neighbour discovery (ndisc.c of the kernel). @returns false for other ICMPv6 */
export function receiveNeighbourMessage(host: Host, nic: string, packet: Packet): boolean {
  const { bytes, transport } = packet;
  const header = { type: bytes[transport]!, code: bytes[transport + 1]!, rest: u32(bytes, transport + 4) };
  if (header.type < 133 || header.type > 137) return false;
  const message = parseNeighbourMessage({ header, payload: bytes.subarray(transport + 8) });
  if (message === undefined || bytes[7] !== HOP_LIMIT) return true;
  if (message.kind === 'neighbour-solicitation') {
    const asker = linkAddress(message.options, 'source-link-layer');
    answer(host, nic, { target: message.target, source: packet.source, asker });
  } else if (message.kind === 'neighbour-advertisement') {
    learn(host, nic, message);
  }
  return true;
}

interface Question {
  target: string;
  source: string;
  asker: MacAddress | undefined;
}

/** Unlike ARP, a question is answered only for an address of the very interface it came in by. */
function answer(host: Host, nic: string, { target, source, asker }: Question): void {
  const own = host.addressesOn(nic, 'inet6').some(({ address }) => address === target);
  if (!own) {
    if (!host.owns(target)) return;
    const place = host.interfaceWith(target)?.name ?? 'lo';
    host.tell({
      kind: 'silence',
      nic,
      text: {
        en: `${host.name} stays silent about ${target}: it is on ${place}, and neighbour discovery answers only for addresses of the interface that was asked.`,
        zh: `${host.name} 对 ${target} 保持沉默：它在 ${place} 上，而邻居发现只回答收到询问的那块网卡自己的地址。`,
      },
    });
    return;
  }
  if (asker === undefined) return;
  host.neighbours.heardQuestion(nic, source, asker);
  const mac = host.macOf(nic);
  const bytes = makePacket({
    eth: { source: mac, destination: asker },
    ip: { source: target, destination: source, hopLimit: HOP_LIMIT },
    neighbour: {
      kind: 'neighbour-advertisement',
      router: host.sysctls.forwards('inet6'),
      solicited: true,
      override: true,
      target,
      options: [{ kind: 'target-link-layer', mac }],
    },
  });
  host.tell({
    kind: 'answer',
    nic,
    bytes,
    text: {
      en: `${host.name} answers at ${nic}: ${target} is at ${mac}.`,
      zh: `${host.name} 在 ${nic} 上回答：${target} 在 ${mac}。`,
    },
  });
  sendFrame(host, nic, bytes);
}

function learn(host: Host, nic: string, { target, solicited, override, options }: NeighbourAdvertisement): void {
  const mac = linkAddress(options, 'target-link-layer');
  if (mac !== undefined) host.neighbours.heardAnswer(nic, target, mac, { solicited, gratuitous: override });
}

function linkAddress(options: readonly NeighbourOption[], kind: 'source-link-layer' | 'target-link-layer') {
  const option = options.find((one) => one.kind === kind);
  return option !== undefined && 'mac' in option ? option.mac : undefined;
}

/** Asks for an address by neighbour solicitation: the group of those who may have it, or only `mac`. */
export function askByDiscovery(
  host: Host,
  nic: string,
  target: string,
  mac: MacAddress | undefined,
  cause: WaitingPacket | undefined,
): void {
  const source = sourceOfQuestion(host, nic, cause);
  if (source === undefined) return;
  const group = solicitedNode(target);
  const own = host.macOf(nic);
  const bytes = makePacket({
    eth: { source: own, destination: mac ?? multicastMac(group) },
    ip: { source, destination: mac === undefined ? group : target, hopLimit: HOP_LIMIT },
    neighbour: { kind: 'neighbour-solicitation', target, options: [{ kind: 'source-link-layer', mac: own }] },
  });
  host.tell({
    kind: 'ask',
    nic,
    bytes,
    text: {
      en: `${host.name} asks by neighbour discovery: who has ${target}? Tell ${source}.`,
      zh: `${host.name} 用邻居发现询问：谁是 ${target}？请告诉 ${source}。`,
    },
  });
  sendFrame(host, nic, bytes);
}

/** The source of the packet that waits, if it is an address of this very interface, else the link-local address. */
function sourceOfQuestion(host: Host, nic: string, cause: WaitingPacket | undefined): string | undefined {
  const own = host.addressesOn(nic, 'inet6').map(({ address }) => address);
  const waiting = cause === undefined ? undefined : readPacket(cause.bytes);
  if (waiting !== undefined && typeof waiting !== 'string' && own.includes(waiting.source)) return waiting.source;
  return own.find((address) => address.startsWith('fe80:')) ?? own[0];
}
