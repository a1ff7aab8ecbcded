import { must } from '../../programs.ts';
import { ADDRESS, PORT } from '../../trio.ts';
import type { Candidate } from './candidate.ts';

/** Seconds that connection tracking keeps a closed connection. */
const TIME_WAIT = 1;

const RULES = `
table ip balance {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${ADDRESS.vip} tcp dport { ${Object.values(PORT).join(', ')} } dnat to ${ADDRESS.rip}
  }
}
`;

/** Destination NAT of the kernel's own firewall: what stands behind nftlb, and the measure for Weir. */
export const nftables: Candidate = {
  name: 'nftables',
  title: 'nftables DNAT',
  setup: `one rule \`dnat to\` in prerouting; \`nf_conntrack_tcp_timeout_time_wait=${TIME_WAIT}\`, so that closed connections are no burden; \`nf_conntrack_max\` is the machine's, since a namespace cannot set it`,
  address: ADDRESS.vip,
  tools: ['nft'],
  nativeXdp: false,
  async start({ director }) {
    await must(director, ['nft', '--file', '-'], { input: RULES });
    const file = '/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait';
    await must(director, ['sh', '-c', `echo ${TIME_WAIT} > ${file}`]);
  },
};
