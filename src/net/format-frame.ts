import { addressSum } from './checksum.ts';
import type { WriteContext } from './codec.ts';
import { NO_BYTES } from './bytes.ts';
import type { IpAddress } from './ip-address.ts';
import { isIpv4Fragment } from './ipv4.ts';
import { sourceRouteEnd } from './ipv4-options.ts';
import { isIpv6Fragment, routingEnd } from './ipv6-extension.ts';
import { CODECS, type LayerDraft, type LayerName } from './layer.ts';

/** A frame to be written: headers, outermost first, and what comes after them. Every `Frame` is one. */
export interface FrameDraft {
  readonly layers: readonly LayerDraft[];
  readonly payload?: Uint8Array;
  /** Bytes after the packet that no header's length counts. */
  readonly trailer?: Uint8Array;
}

export interface FormatOptions {
  /**
   * True: lengths and checksums that a header gives are written as given, right or wrong, and only those left out are
   * computed. With it, `formatFrame(parseFrame(bytes))` gives the same bytes for every frame.
   * False (default): all are computed, except UDP checksums of 0 and what stands within a fragment: that belongs to more bytes
   * than there are.
   */
  keep?: boolean;
}

/**
 * Writes a frame. What a header announces as next (EtherType, protocol) is written as it says.
 * @throws WeirError ADDRESS_INVALID for text that is no address
 */
export function formatFrame(draft: FrameDraft, options: FormatOptions = {}): Uint8Array {
  const { layers, payload = NO_BYTES, trailer = NO_BYTES } = draft;
  const sizes = layers.map(sizeOf);
  const headers = sizes.reduce((sum, size) => sum + size, 0);
  const end = headers + payload.length;
  const bytes = new Uint8Array(end + trailer.length);
  bytes.set(payload, headers);
  bytes.set(trailer, end);

  const fragment = layers.findIndex(isFragment);
  let offset = headers;
  for (let index = layers.length - 1; index >= 0; index--) {
    offset -= sizes[index]!;
    const keep = options.keep === true || (fragment >= 0 && index > fragment);
    write(layers[index]!, bytes, offset, { end, keep, addressSum: addressSumAround(layers, index) });
  }
  return bytes;
}

/** True for the header that says that the packet is a part of a fragmented one. */
export function isFragment(layer: LayerDraft): boolean {
  if (layer.name === 'ipv4') return isIpv4Fragment(layer.header);
  return layer.name === 'ipv6-fragment' && isIpv6Fragment(layer.header);
}

/**
 * The `addressSum` for the pseudo header of the layer of this index: of the nearest IP header before it, with the destination
 * to which a source route leads in the end. 0 for layers without a pseudo header and where there is no IP header.
 */
export function addressSumAround(layers: readonly LayerDraft[], index: number): number {
  if (!HAVE_PSEUDO_HEADER.has(layers[index]!.name)) return 0;
  let routed: IpAddress | undefined;
  for (let around = index - 1; around >= 0; around--) {
    const layer = layers[around]!;
    if (layer.name === 'ipv6-extension') routed ??= routingEnd(layer.header);
    if (layer.name === 'ipv4') routed = sourceRouteEnd(layer.header.options);
    if (layer.name === 'ipv4' || layer.name === 'ipv6') {
      return addressSum(layer.header.source, routed ?? layer.header.destination);
    }
  }
  return 0;
}

const HAVE_PSEUDO_HEADER: ReadonlySet<LayerName> = new Set<LayerName>(['tcp', 'udp', 'icmpv6']);

function sizeOf<Name extends LayerName>(layer: LayerDraft<Name>): number {
  return CODECS[layer.name].size(layer.header);
}

function write<Name extends LayerName>(
  layer: LayerDraft<Name>,
  bytes: Uint8Array,
  offset: number,
  context: WriteContext,
): void {
  CODECS[layer.name].write(layer.header, bytes, offset, context);
}
