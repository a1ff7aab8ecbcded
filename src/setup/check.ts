import { WeirError } from '../base/error.ts';
import { addressToBytes, isGroupMac, parseIpAddress, parseMac, formatMac, ZERO_MAC } from '../net/address.ts';
import { deviceTowards, type Machine } from './machine.ts';

/** Checks of what people ask for, all of them before anything is changed. */

/**
 * An address that a host can have.
 * @throws WeirError ADDRESS_INVALID, SETUP_INVALID
 */
export function hostAddress(text: string, role: string): string {
  const address = parseIpAddress(text);
  const [first = 0] = addressToBytes(address);
  const four = !address.includes(':');
  const unusable = four
    ? first === 0 || first === 127 || first >= 224
    : first === 0xff || address === '::' || address === '::1';
  if (!unusable) return address;
  throw new WeirError('SETUP_INVALID', `${address} cannot be the address of a ${role}`, {
    expected: 'a unicast address that others can reach',
    found: address,
  });
}

/** @throws WeirError ADDRESS_INVALID, SETUP_INVALID for a MAC of no single interface */
export function hostMac(text: string): string {
  const mac = formatMac(parseMac(text));
  if (!isGroupMac(mac) && mac !== ZERO_MAC) return mac;
  throw new WeirError('SETUP_INVALID', `${mac} is the MAC address of no single interface`, {
    expected: 'the address of one interface, such as 00:50:56:c0:00:01',
    found: mac,
  });
}

/** Each address once. @throws WeirError ADDRESS_INVALID, SETUP_INVALID for an empty list */
export function hostAddresses(texts: readonly string[], role: string): string[] {
  return [...new Set(texts.map((text) => hostAddress(text, role)))];
}

/** @throws WeirError INTERFACE_UNKNOWN, with the interfaces there are */
export function knownDevice(machine: Machine, name: string): string {
  const names = machine.links.filter(({ ethernet }) => ethernet).map((link) => link.name);
  if (names.includes(name)) return name;
  throw new WeirError('INTERFACE_UNKNOWN', `there is no Ethernet interface ${name}`, {
    expected: names.length === 0 ? 'a host with an Ethernet interface' : `one of ${names.join(', ')}`,
    found: name,
    fix: 'name an interface that `ip link` shows',
  });
}

/**
 * The interface by which a neighbour is reached without a gateway.
 * @throws WeirError SETUP_INVALID where it lies in no network of this host
 */
export function deviceOfNeighbour(machine: Machine, address: string, role: string): string {
  const device = deviceTowards(machine, address);
  if (device !== undefined) return device;
  const own = machine.links
    .filter(({ name }) => name !== 'lo')
    .flatMap(({ name, addresses }) => addresses.map((text) => `${text} on ${name}`));
  throw new WeirError('SETUP_INVALID', `the ${role} ${address} lies in no network of this host`, {
    expected: own.length === 0 ? 'an interface with an address' : `an address in the network of ${own.join(', ')}`,
    found: address,
    fix: 'give the interface its own address first, or another address here',
  });
}
