import { concatBytes } from './bytes.ts';
import { formatFrame, type FrameDraft } from './format-frame.ts';
import type { LayerDraft } from './layer.ts';
import { formatNeighbourMessage } from './neighbour-discovery.ts';
import { partsOf, type Announcement } from './packet-parts.ts';
import type { PacketSpec } from './packet-spec.ts';
import { formatSctpChunks } from './sctp.ts';

export type { PacketSpec } from './packet-spec.ts';

/** For payload that no header announces: IEEE 802's local experimental EtherType 1, and RFC 3692's protocol. */
const UNKNOWN: Announcement = { etherType: 0x88b5, protocol: 253 };

/**
 * The bytes of a packet: `packet({ ip: { source: '10.0.0.1', destination: '10.0.0.2' }, tcp: { destination: 80, flags: 'S' } })`.
 * Defaults: 192.0.2.1 to 198.51.100.1 (2001:db8::1 to 2001:db8::2), TTL 64, ports 40000 to 80, a SYN.
 * @throws WeirError ADDRESS_INVALID, FRAME_INVALID for what has no place in the fields
 */
export function packet(spec: PacketSpec): Uint8Array {
  return formatFrame(packetDraft(spec), { keep: true });
}

/** The headers that `packet` writes. */
export function packetDraft(spec: PacketSpec): Required<FrameDraft> {
  const layers: LayerDraft[] = [];
  let next = UNKNOWN;
  for (const part of partsOf(spec).reverse()) {
    layers.unshift(part.layer(next));
    next = { ...next, ...part.announcedAs };
  }
  return { layers, payload: payloadOf(spec), trailer: trailerOf(spec) };
}

/** What the headers carry: of the innermost packet, after the body that neighbour discovery or SCTP makes. */
function payloadOf(spec: PacketSpec): Uint8Array {
  if (spec.inner) return payloadOf(spec.inner);
  const body = spec.neighbour
    ? formatNeighbourMessage(spec.neighbour).payload
    : formatSctpChunks(spec.sctp?.chunks ?? []);
  return concatBytes(body, bytesOf(spec.payload ?? 0));
}

function bytesOf(payload: Uint8Array | string | number): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  return typeof payload === 'number' ? Uint8Array.from({ length: payload }, (_, index) => index) : payload;
}

function trailerOf({ trailer = 0 }: PacketSpec): Uint8Array {
  return typeof trailer === 'number' ? new Uint8Array(trailer) : trailer;
}
