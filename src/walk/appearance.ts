import type { Words } from '../base/words.ts';
import type { Frame } from '../net/frame.ts';
import { layerText } from '../net/frame-text.ts';
import { formatTcpFlags } from '../net/tcp.ts';
import { isSamePoint } from './journey.ts';
import { conversationKey, type CapturePoint, type Sighting } from './sighting.ts';

/** What a packet is, apart from its addresses: `S`, `PA 78 bytes`, `udp 5 bytes`, `icmp time exceeded`. */
export function packetText(frame: Frame, language: keyof Words = 'en'): string {
  const bytes = frame.payload.length === 0 ? '' : ` ${frame.payload.length} ${BYTES[language]}`;
  const tcp = frame.findLast('tcp');
  if (tcp !== undefined) return `${formatTcpFlags(tcp.flags) || '.'}${bytes}`;
  const last = frame.layers.at(-1)!;
  if (last.name === 'icmp' || last.name === 'icmpv6' || last.name === 'arp') return layerText(last);
  return `${last.name}${bytes}`;
}

/** The tunnel around a packet, `ipip 1.1.1.130 > 2.2.2.128`; '' where there is none. */
export function outerText({ layers }: Frame): string {
  const ips = layers.filter((layer) => layer.name === 'ipv4' || layer.name === 'ipv6');
  const outer = ips.length > 1 ? ips[0] : undefined;
  if (outer === undefined) return '';
  const kind = layers.find((layer) => layer.name === 'gue' || layer.name === 'gre')?.name ?? 'ipip';
  return `${kind} ${outer.header.source} > ${outer.header.destination}`;
}

const BYTES: Words = { en: 'bytes', zh: '字节' };
const NOT_SEEN: Words = { en: 'not seen', zh: '没有看到' };
const UNCHANGED: Words = { en: 'the same', zh: '不变' };

/**
 * How a packet appeared at a point: direction and addresses, and the tunnel around it. Where it turned round at one NIC, as with
 * direct routing, the second time only what is new.
 */
export function cellText(sightings: readonly Sighting[], point: CapturePoint, language: keyof Words): string {
  const here = sightings.filter((sighting) => isSamePoint(sighting.point, point));
  if (here.length === 0) return NOT_SEEN[language];
  return here.map((sighting, index) => appearance(sighting, here[index - 1], language)).join('; ');
}

function appearance(sighting: Sighting, before: Sighting | undefined, language: keyof Words): string {
  const { direction, frame, conversation } = sighting;
  const outer = outerText(frame);
  const around = outer === '' ? '' : ` [${outer}]`;
  const addresses = `${conversation.source} > ${conversation.destination}`;
  if (before === undefined || conversationKey(before.conversation) !== conversationKey(conversation)) {
    return `${direction} ${addresses}${around}`;
  }
  return `${direction} ${UNCHANGED[language]}, ${frame.get('ethernet').destination}${around}`;
}
