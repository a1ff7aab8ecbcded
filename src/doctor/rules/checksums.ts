import type { Rule } from '../finding.ts';
import { counterEvidence } from '../host.ts';

/** A sender that leaves checksums to its device, and a way on which no device computes them: XDP over veth, some virtual NICs. */
export const checksums: Rule = {
  id: 'checksums',
  number: 31,
  looks: ['real server'],
  faults: ['checksums'],
  title: { en: 'Packets arrive with wrong checksums', zh: '到达的报文校验和错误' },
  examine({ servers }) {
    return servers.flatMap(({ host }) => {
      const evidence = ['Tcp:InCsumErrors', 'Udp:InCsumErrors', 'IpExt:InCsumErrors'].flatMap((name) =>
        counterEvidence(host, name),
      );
      if (evidence.length === 0) return [];
      return {
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence,
        explanation: {
          en: `${host.name} drops packets whose checksum is wrong. The sender leaves it to a device that never gets the packet: switch that off where the packets start (ethtool -K NIC tx off), or run the director with --hook tc.`,
          zh: `${host.name} 在丢弃校验和错误的报文。发送方把校验和留给网卡去算，而报文根本没经过那块网卡：请在发出报文的主机上关掉（ethtool -K 网卡 tx off），或让调度器以 --hook tc 运行。`,
        },
        fix: undefined,
      };
    });
  },
};
