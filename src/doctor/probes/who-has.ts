import { BROADCAST_MAC } from '../../net/address.ts';
import { ARP_OPERATION } from '../../net/arp.ts';
import { packet } from '../../net/packet.ts';
import { isIpv4 } from '../duties.ts';
import type { HostFacts, InterfaceFacts } from '../facts.ts';
import { ports } from '../host.ts';
import { exchange } from './exchange.ts';

/** More stations than this with one address are not told apart. */
const MOST = 16;

/**
 * The MACs that answer who has an IPv4 address, on every segment of this host. The host itself is not among them: it does not hear
 * its own question. To be called in the network namespace of the host.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function whoHas(host: HostFacts, address: string): string[] {
  const own = new Set(ports(host).map(({ mac }) => mac));
  const macs = ports(host).flatMap((nic) => askOn(nic, address));
  return [...new Set(macs)].filter((mac) => !own.has(mac));
}

/** The MACs that answer on one segment. */
export function askOn(nic: InterfaceFacts, address: string): string[] {
  const source = nic.addresses.find((own) => isIpv4(own.address) && own.address !== address)?.address ?? '0.0.0.0';
  const question = packet({
    eth: { source: nic.mac, destination: BROADCAST_MAC },
    arp: {
      operation: ARP_OPERATION.request,
      senderMac: nic.mac,
      senderIp: source,
      targetMac: '00:00:00:00:00:00',
      targetIp: address,
    },
  });
  const answers = exchange(
    nic.name,
    [question],
    (frame) => {
      const arp = frame.find('arp');
      return arp?.operation === ARP_OPERATION.reply && arp.senderIp === address;
    },
    MOST,
  );
  return answers.map((frame) => frame.get('arp').senderMac);
}
