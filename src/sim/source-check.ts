import { familyOf } from '../lvs/service.ts';
import type { Host } from './host.ts';

/** What the stack says of a source address: why it refuses it, or whether it is on the same network as the interface. */
export type SourceCheck = { refused: 'martian-source' | 'rp-filter' } | { refused?: undefined; onLink: boolean };

/**
 * Whether a packet with this source may come in by an interface (fib_validate_source; IPv6 looks at the address alone). For
 * IPv4: no loopback, group or zero address; none of the host's own, unless accept_local; and with rp_filter a route back to
 * it, in strict mode (1) by the same interface.
 */
export function checkSource(host: Host, source: string, nic: string): SourceCheck {
  if (familyOf(source) === 'inet6') {
    return host.routing.isMartianSource(source) ? { refused: 'martian-source' } : { onLink: false };
  }
  if (isNeverSource(source)) return { refused: 'martian-source' };
  const filter = host.sysctls.conf('rp_filter', nic);
  const back = host.routing.lookup(source);
  const onLink = back.kind === 'unicast' && back.interface === nic && back.nextHop === source;
  const acceptsOwn = host.sysctls.conf('accept_local', nic) !== 0;
  // Without a filter the kernel asks only whether an interface has this very address: a network on lo makes nobody a martian.
  if (filter === 0) {
    const own = !acceptsOwn && host.interfaceWith(source) !== undefined;
    return own ? { refused: 'martian-source' } : { onLink };
  }
  if (back.kind === 'local') return acceptsOwn ? { onLink } : { refused: 'martian-source' };
  if (back.kind === 'broadcast') return { refused: 'martian-source' };
  if (back.kind === 'unreachable') return { refused: 'rp-filter' };
  return filter === 1 && back.interface !== nic ? { refused: 'rp-filter' } : { onLink };
}

function isNeverSource(source: string): boolean {
  const first = Number(source.split('.')[0]);
  return first === 0 || first === 127 || (first >= 224 && first < 240) || source === '255.255.255.255';
}
