import type { ForwardingMethod, Tunnel } from '../../lvs/service.ts';

export const FORWARD_WORD = {
  masquerade: 'Masq',
  route: 'Route',
  tunnel: 'Tunnel',
  'full-nat': 'FullNat',
} as const satisfies Record<ForwardingMethod, string>;

const CHECKSUM_WORD = { none: '-c', full: '+c', remote: 'r+c' } as const satisfies Record<Tunnel['checksum'], string>;

/** `n/a`, `ipip`, `gue:6080:+c`, `gre:-c`. */
export function tunnelText(method: ForwardingMethod, { type, port, checksum }: Tunnel): string {
  if (method !== 'tunnel') return 'n/a';
  if (type === 'ipip') return type;
  return type === 'gue' ? `${type}:${port}:${CHECKSUM_WORD[checksum]}` : `${type}:${CHECKSUM_WORD[checksum]}`;
}
