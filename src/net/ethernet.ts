import { u16, setU16 } from './bytes.ts';
import { needBytes, type Codec } from './codec.ts';
import { macAt, writeMac, type MacAddress } from './mac-address.ts';

/** Bytes of the header, without a tag. */
export const ETHERNET_HEADER = 14;
const TAG_SIZE = 4;

export interface EthernetHeader {
  destination: MacAddress;
  source: MacAddress;
  /** What follows (`ETHER_TYPE`); below 0x0600 the number of bytes that follow (IEEE 802.3 section 3.2.6). */
  etherType: number;
}

/** Source: IEEE 802.3 section 3.2. No preamble and no frame check sequence, as frames are captured. */
export const ethernet: Codec<EthernetHeader, EthernetHeader> = {
  parse(bytes, offset, end) {
    needBytes('Ethernet header', offset, end, ETHERNET_HEADER);
    return {
      destination: macAt(bytes, offset),
      source: macAt(bytes, offset + 6),
      etherType: u16(bytes, offset + 12),
    };
  },

  size: () => ETHERNET_HEADER,

  write(header, bytes, offset) {
    writeMac(bytes, offset, header.destination);
    writeMac(bytes, offset + 6, header.source);
    setU16(bytes, offset + 12, header.etherType);
  },
};

/** A VLAN tag after the type field that announced it. Two in a row are QinQ. */
export interface VlanTag {
  /** 0 to 7. */
  priority: number;
  dropEligible: boolean;
  /** 0 (priority only) to 4095 (reserved). */
  id: number;
  /** What follows the tag. */
  etherType: number;
}

/** Source: IEEE 802.1Q section 9.6. The tag is taken as the four bytes after 0x8100, 0x88a8 or 0x9100. */
export const vlan: Codec<VlanTag, VlanTag> = {
  parse(bytes, offset, end) {
    needBytes('VLAN tag', offset, end, TAG_SIZE);
    const control = u16(bytes, offset);
    return {
      priority: control >> 13,
      dropEligible: (control & 0x1000) !== 0,
      id: control & 0x0fff,
      etherType: u16(bytes, offset + 2),
    };
  },

  size: () => TAG_SIZE,

  write(tag, bytes, offset) {
    setU16(bytes, offset, (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | (tag.id & 0x0fff));
    setU16(bytes, offset + 2, tag.etherType);
  },
};
