import { familyOfMatch, type ForwardingMethod, type Protocol, type Service, type Tunnel } from '../lvs/service.ts';
import { FULL_NETMASK } from './draft.ts';

/*
 * The words of a rule that `ipvsadm -S` and `weir save` have in common.
 */

export const SERVICE_OPTION = { tcp: '-t', udp: '-u', sctp: '--sctp-service' } as const satisfies Record<
  Protocol,
  string
>;

/**
 * Stands where ipvsadm has `-m`, `-g` or `-i`: `-a -t 10.1.1.21:80 -r 1.1.1.128:80 --full-nat`. ipvsadm knows no such option, so
 * that `-R` refuses the line instead of making something else of it.
 */
export const FULL_NAT_OPTION = '--full-nat';

export const METHOD_OPTION = {
  masquerade: '-m',
  route: '-g',
  tunnel: '-i',
  'full-nat': FULL_NAT_OPTION,
} as const satisfies Record<ForwardingMethod, string>;

const CHECKSUM_OPTION = {
  none: '--tun-nocsum',
  full: '--tun-csum',
  remote: '--tun-remcsum',
} as const satisfies Record<Tunnel['checksum'], string>;

/** What stands between the service and its flags: `-s wlc -p 60 -M 255.255.255.0 --pe sip -o`. */
export function serviceAttributeWords(service: Service): string[] {
  const { match, scheduler, persistence, persistenceEngine, onePacket } = service;
  const words = ['-s', scheduler];
  if (persistence !== undefined) {
    words.push('-p', String(persistence.timeout));
    if (persistence.netmask !== FULL_NETMASK[familyOfMatch(match)]) words.push('-M', persistence.netmask);
  }
  if (persistenceEngine !== undefined) words.push('--pe', persistenceEngine);
  if (onePacket) words.push('-o');
  return words;
}

/** `--tun-type gue --tun-port 6080 --tun-nocsum`. */
export function tunnelWords({ type, port, checksum }: Tunnel): string[] {
  const words = ['--tun-type', type];
  if (type === 'gue') words.push('--tun-port', String(port));
  if (type !== 'ipip') words.push(CHECKSUM_OPTION[checksum]);
  return words;
}
