/**
 * Why a packet went where it went: one list for every engine. The names are those of `enum weir_reason` in bpf/abi/reason.h without
 * the prefix, in lower case with hyphens; docs/drop-reasons.md has a section for each.
 */
export type VerdictClass = 'forward' | 'pass' | 'drop';

export interface ReasonEntry {
  class: VerdictClass;
  /** One sentence for people. */
  text: string;
}

export const REASONS = {
  masqueraded: {
    class: 'forward',
    text: 'Sent to the real server with its address and port in place of the virtual ones.',
  },
  'reply-restored': {
    class: 'forward',
    text: 'A reply, sent to the client with the virtual address and port as its source.',
  },
  'full-nat': {
    class: 'forward',
    text: 'Sent to the real server with its address and port in place of the virtual ones, and a source of the director.',
  },
  routed: { class: 'forward', text: 'Sent to the real server unchanged apart from the TTL, by direct routing.' },
  tunnelled: { class: 'forward', text: 'Sent to the real server inside another packet.' },
  stateless: {
    class: 'forward',
    text: 'Sent to the real server that the hash of its scheduler finds, as the connection table had no room for its connection.',
  },
  bypassed: {
    class: 'forward',
    text: 'Sent to where it was addressed, because no real server would take it (cache_bypass).',
  },
  'reply-seen': {
    class: 'forward',
    text: 'A reply of direct routing or tunnelling that came through the director, and is routed on.',
  },
  'icmp-to-server': { class: 'forward', text: 'An ICMP error about a connection, sent on to its real server.' },
  'icmp-to-client': {
    class: 'forward',
    text: 'An ICMP error about a connection, sent to the client as from the virtual address.',
  },

  'not-ip': { class: 'pass', text: 'Not IPv4 or IPv6, such as ARP.' },
  'not-for-us': { class: 'pass', text: 'Addressed to another station, or to all of them.' },
  malformed: { class: 'pass', text: 'A header is shorter than it says or contradicts itself; the kernel judges it.' },
  fragment: { class: 'pass', text: 'A fragment, which does not carry what would tell its service.' },
  protocol: { class: 'pass', text: 'A protocol that is not balanced.' },
  'no-service': {
    class: 'pass',
    text: 'No virtual service has this address, port and protocol, and no connection either.',
  },
  'not-syn': {
    class: 'pass',
    text: 'Belongs to no connection and cannot start one: TCP without SYN, SCTP without INIT.',
  },
  'source-port-20': { class: 'pass', text: 'From port 20 (FTP data), which is never scheduled.' },
  'neighbour-unknown': { class: 'pass', text: 'The Ethernet address of the next hop is not known yet.' },
  'no-xdp-on-way-out': {
    class: 'pass',
    text: 'XDP cannot send on the interface that leads on; the TC program on the same interface takes it from here.',
  },
  'left-to-tc': {
    class: 'pass',
    text: 'XDP does the common case only; the TC program on the same interface takes this packet from here.',
  },
  'local-server': { class: 'pass', text: 'The real server is the director itself: handed to its own stack.' },
  'other-port-of-ftp': { class: 'pass', text: 'For a port of the address of an FTP service that is not balanced.' },
  'icmp-query': {
    class: 'pass',
    text: 'ICMP that is no error, such as an echo request, which the director answers itself.',
  },
  'icmp-unrelated': { class: 'pass', text: 'An ICMP error about no connection of the director.' },
  'balancing-off': {
    class: 'pass',
    text: 'No service of the address family exists, or the director is a backup that must not balance.',
  },

  'ip-checksum': { class: 'drop', text: 'The checksum of the IP header is wrong.' },
  'ttl-expired': { class: 'drop', text: 'The TTL or hop limit ended here; the sender is told.' },
  'no-destination': { class: 'drop', text: 'No real server can take a new connection; the client is told.' },
  'destination-gone': { class: 'drop', text: 'The real server of the connection has been deleted.' },
  'table-full': { class: 'drop', text: 'The connection table has no room.' },
  'no-source-port': {
    class: 'drop',
    text: 'Full NAT found no free port among its sources for a new connection to this real server.',
  },
  'no-route': { class: 'drop', text: 'There is no route to the real server; the client is told.' },
  'forwarding-off': { class: 'drop', text: 'The packet would have to be forwarded, but ip_forward is 0.' },
  'too-big': {
    class: 'drop',
    text: 'Larger than the route to the real server carries, and must not be fragmented; the sender is told.',
  },
  'rewrite-failed': { class: 'drop', text: 'The packet could not be changed.' },
  'method-unsupported': { class: 'drop', text: 'The engine cannot forward by the method of this real server.' },
  internal: { class: 'drop', text: 'A defect of Weir; please report it.' },
  truncated: { class: 'drop', text: 'Too short for the header of its protocol.' },
  'icmp-checksum': { class: 'drop', text: 'The checksum of the ICMP error is wrong.' },
  'icmp-consumed': {
    class: 'drop',
    text: 'An ICMP error about a tunnel packet; what the client must know of it was sent as a new one.',
  },
  'fragment-held': { class: 'drop', text: 'A fragment, kept until the others arrive or 30 seconds have passed.' },
  'fragments-full': {
    class: 'drop',
    text: 'A fragment, kept in the place of the packet that had waited longest for its rest: too many were waiting.',
  },
  'no-persistence-key': {
    class: 'drop',
    text: 'The persistence engine found no key in it, such as the Call-ID of SIP.',
  },
  'load-shed': { class: 'drop', text: 'Would have started a connection while the director sheds load (drop_packet).' },
  'stray-reply': {
    class: 'drop',
    text: 'From a real server but of no connection; the real server is told (nat_icmp_send).',
  },
  'martian-source': {
    class: 'drop',
    text: 'Comes from outside with a source that nothing outside may have, such as an address of the director itself.',
  },
  'source-routed': { class: 'drop', text: 'Carries a source route option, which the director does not accept.' },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof REASONS;

export function classOf(reason: Reason): VerdictClass {
  return REASONS[reason].class;
}
