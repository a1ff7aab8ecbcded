/** Addresses as the whole project uses them: canonical text outside, bytes only where a packet needs them. */
export {
  addressFromBytes,
  addressToBytes,
  formatIpv4,
  isIpAddress,
  isIpv4Address,
  isIpv6Address,
  parseIpAddress,
  parseIpv4,
  type IpAddress,
} from './ip-address.ts';
export {
  BROADCAST_MAC,
  formatMac,
  isGroupMac,
  multicastMac,
  parseMac,
  ZERO_MAC,
  type MacAddress,
} from './mac-address.ts';
export { networkAddress, parseInterfaceAddress, parsePrefix, Prefix } from './prefix.ts';
