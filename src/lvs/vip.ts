import { WeirError } from '../base/error.ts';
import { isIpAddress, parseIpAddress } from '../net/address.ts';

/** A VIP that the director owns: it puts it on an interface, announces it, and takes it away at the end. */
export interface Vip {
  readonly address: string;
  readonly interface: string;
}

/**
 * The VIPs with this one, which takes the place of one with the same address. Their order has no meaning: they are kept sorted.
 * @throws WeirError VIP_INVALID
 */
export function setVip(vips: readonly Vip[], vip: Vip, isUnicast: (address: string) => boolean): Vip[] {
  const { address, interface: on } = vip;
  if (!isIpAddress(address) || parseIpAddress(address) !== address || !isUnicast(address))
    throw invalid('address', 'a unicast address', address);
  if (!/^[^\s/]{1,15}$/u.test(on)) throw invalid('interface', 'the name of an interface', on);
  return [...vips.filter((one) => one.address !== address), vip].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The VIPs without this one. @throws WeirError VIP_UNKNOWN */
export function deleteVip(vips: readonly Vip[], address: string): Vip[] {
  const rest = vips.filter((one) => one.address !== address);
  if (rest.length < vips.length) return rest;
  throw new WeirError('VIP_UNKNOWN', `${address} is no VIP that the director owns`, {
    errno: 'ENOENT',
    found: address,
    fix: 'list them with `weir vip list`; addresses that others have put there are theirs',
  });
}

function invalid(what: string, expected: string, found: string): WeirError {
  return new WeirError('VIP_INVALID', `the ${what} of the VIP is not accepted`, { errno: 'EINVAL', expected, found });
}
