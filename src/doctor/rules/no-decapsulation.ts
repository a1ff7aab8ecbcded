import { dutiesBy } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence } from '../host.ts';

const TUNNELS = new Set(['ipip', 'sit', 'ip6tnl', 'gre', 'ip6gre', 'gretap', 'fou']);

/** A tunnelled packet needs something that unwraps it: a tunnel device, or `weir decap`. Without, protocol 4 is unknown. */
export const noDecapsulation: Rule = {
  id: 'no-decapsulation',
  number: 20,
  title: { en: 'Nothing unwraps tunnelled packets', zh: '没有设备拆除隧道封装' },
  examine(patient) {
    return dutiesBy(patient, 'tunnel').flatMap(({ server: { host } }) => {
      const device = host.interfaces.find(({ kind, up }) => TUNNELS.has(kind) && up);
      const unknown = [
        ...counterEvidence(host, 'Ip:InUnknownProtos'),
        ...counterEvidence(host, 'Icmp:OutDestUnreachs'),
        ...counterEvidence(host, 'Udp:NoPorts'),
      ];
      if (device !== undefined || unknown.length === 0) return [];
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [{ command: 'ip -details link show', value: 'no tunnel device that is up' }, ...unknown],
        explanation: {
          en: `${host.name} receives packets inside packets and has nobody to open them: it answers with ICMP protocol unreachable, and the client waits.`,
          zh: `${host.name} 收到的是包在另一个报文里的请求，却没有谁来拆封：它回以 ICMP 协议不可达，客户端只能干等。`,
        },
        fix: { host: host.name, command: 'weir decap up', undo: 'weir decap down' },
      };
    });
  },
};
