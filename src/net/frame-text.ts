import { ARP_OPERATION } from './arp.ts';
import type { Frame } from './frame.ts';
import { echoOf, ICMP_TYPE, ICMP_UNREACHABLE } from './icmp.ts';
import { ICMPV6_TYPE, ICMPV6_UNREACHABLE } from './icmpv6.ts';
import { protocolName } from './ip-protocol.ts';
import type { LayerDraft, LayerHeaders, LayerName } from './layer.ts';
import { formatTcpFlags } from './tcp.ts';

/**
 * A frame in one line, a part for each layer, for people and for the messages of failed tests:
 * `02:00:00:00:0c:10 > 02:00:00:00:00:01 / 10.1.0.10 > 10.9.9.9 ttl 64 df / tcp 40001 > 80 S seq 1000 / 20 bytes`.
 */
export function frameText(frame: Frame): string {
  const parts = frame.layers.map(layerText);
  const { payload, trailer, malformed } = frame;
  if (payload.length > 0) parts.push(`${payload.length} bytes`);
  if (malformed !== undefined) parts.push(`no ${malformed.name}: ${malformed.error.message}`);
  if (trailer.length > 0) parts.push(`${trailer.length} bytes after it`);
  return parts.join(' / ');
}

/** One header in a few words. */
export function layerText<Name extends LayerName>(layer: LayerDraft<Name>): string {
  const write: (header: LayerTexts[Name]) => string = TEXTS[layer.name];
  return write(layer.header);
}

type LayerTexts = { [Name in LayerName]: LayerDraft<Name>['header'] };

const TEXTS: { [Name in LayerName]: (header: LayerTexts[Name]) => string } = {
  ethernet: ({ source, destination }) => `${source} > ${destination}`,
  vlan: ({ id, priority }) => join(`vlan ${id}`, priority > 0 && `priority ${priority}`),
  arp: arpText,
  ipv4: (header) =>
    join(
      `${header.source} > ${header.destination} ttl ${header.ttl}`,
      header.dontFragment && 'df',
      header.options.length > 0 && `${header.options.length} bytes of options`,
      fragmentText(header),
    ),
  ipv6: ({ source, destination, hopLimit }) => `${source} > ${destination} hop limit ${hopLimit}`,
  'ipv6-extension': ({ kind, data }) => `${protocolName(kind)} header, ${data.length + 2} bytes`,
  'ipv6-fragment': (header) => fragmentText(header) || `atomic fragment id ${header.identification}`,
  tcp: (header) =>
    join(
      `tcp ${header.source} > ${header.destination} ${formatTcpFlags(header.flags) || 'no flags'} seq ${header.sequence}`,
      header.acknowledgement !== 0 && `ack ${header.acknowledgement}`,
      header.options.length > 0 && `${header.options.length} bytes of options`,
    ),
  udp: ({ source, destination }) => `udp ${source} > ${destination}`,
  sctp: ({ source, destination }) => `sctp ${source} > ${destination}`,
  icmp: (header) => `icmp ${messageText(header, ICMP_TYPE, ICMP_UNREACHABLE)}`,
  icmpv6: (header) => `icmpv6 ${messageText(header, ICMPV6_TYPE, ICMPV6_UNREACHABLE)}`,
  gre: ({ key, sequence }) =>
    join('gre', key !== undefined && `key ${key}`, sequence !== undefined && `sequence ${sequence}`),
  gue: ({ control, protocol }) => (control ? `gue control ${protocol}` : `gue ${protocolName(protocol)}`),
};

function arpText({ operation, senderIp, senderMac, targetIp }: LayerHeaders['arp']): string {
  if (operation === ARP_OPERATION.request) return `arp who has ${targetIp}? tell ${senderIp} at ${senderMac}`;
  if (operation === ARP_OPERATION.reply) return `arp ${senderIp} is at ${senderMac}`;
  return `arp operation ${operation} from ${senderIp}`;
}

function fragmentText(header: { fragmentOffset: number; moreFragments: boolean; identification: number }): string {
  const { fragmentOffset, moreFragments, identification } = header;
  if (fragmentOffset === 0 && !moreFragments) return '';
  return `fragment id ${identification} at ${fragmentOffset}${moreFragments ? ', more follow' : ''}`;
}

type Names = Readonly<Record<string, number>>;

/** Type and code by name; the numbers of echoes, the MTU of "too big". */
function messageText({ type, code, rest }: LayerTexts['icmp'], types: Names, unreachable: Names): string {
  const name = nameOf(types, type);
  const isUnreachable = name === 'destinationUnreachable';
  const reason = isUnreachable ? nameOf(unreachable, code) : undefined;
  const { identifier, sequence } = echoOf({ rest });
  return join(
    words(name ?? `type ${type}`),
    isUnreachable ? words(reason ?? `code ${code}`) : code > 0 && `code ${code}`,
    (name === 'echoRequest' || name === 'echoReply') && `id ${identifier} seq ${sequence}`,
    (name === 'packetTooBig' || reason === 'fragmentationNeeded') && `mtu ${rest}`,
  );
}

function nameOf(names: Names, value: number): string | undefined {
  return Object.keys(names).find((name) => names[name] === value);
}

/** `fragmentationNeeded` as `fragmentation needed`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function join(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}
