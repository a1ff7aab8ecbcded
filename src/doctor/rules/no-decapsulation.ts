import { dutiesBy, unseen } from '../duties.ts';
import type { HostFacts, Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { counterEvidence, ports } from '../host.ts';
import { failing, fromAfar } from '../signals.ts';

const TUNNELS = new Set(['ipip', 'sit', 'ip6tnl', 'gre', 'ip6gre', 'gretap', 'fou']);

/** A tunnelled packet needs something that unwraps it: a tunnel device, or `weir decap`. Without, protocol 4 is unknown. */
export const noDecapsulation: Rule = {
  id: 'no-decapsulation',
  number: 20,
  looks: ['real server', 'network'],
  faults: ['tunnel-missing'],
  title: { en: 'Nothing unwraps tunnelled packets', zh: '没有设备拆除隧道封装' },
  examine(patient) {
    return [...examineServers(patient), ...fromAfar(examineProbes(patient), examineSignals(patient))];
  },
};

function examineServers(patient: Patient): Finding[] {
  return dutiesBy(patient, 'tunnel').flatMap(({ server: { host }, duty }) => {
    const device = host.interfaces.find(({ kind, up }) => TUNNELS.has(kind) && up);
    const unknown = [
      ...counterEvidence(host, 'Ip:InUnknownProtos'),
      ...counterEvidence(host, 'Icmp:OutDestUnreachs'),
      ...counterEvidence(host, 'Udp:NoPorts'),
    ];
    if (device !== undefined || host.unwraps.includes(duty.vip ?? '') || unknown.length === 0) return [];
    const devices = nicsOf(host).join(',');
    return {
      severity: 'error',
      confidence: 'likely',
      host: host.name,
      evidence: [
        {
          command: 'ip -details link show',
          value: 'no tunnel device that is up',
          valueZh: '没有启用的隧道设备',
        },
        ...unknown,
      ],
      explanation: {
        en: `${host.name} receives packets inside packets and has nobody to open them: it answers with ICMP protocol unreachable, and the client waits.`,
        zh: `${host.name} 收到了报文套报文，却没人拆开：它回 ICMP 协议不可达，客户端只能干等。`,
      },
      fix:
        duty.vip === undefined
          ? undefined
          : {
              host: host.name,
              command: `weir decap up --vip ${duty.vip} --interface ${devices}`,
              undo: 'weir decap down',
            },
    };
  });
}

function nicsOf(host: HostFacts): string[] {
  return ports(host).map(({ name }) => name);
}

/** Seen from the director: the SYN in the tunnel came back as an ICMP error. */
function examineProbes(patient: Patient): Finding[] {
  return unseen(patient).flatMap(({ destination: { address, method, probe } }) => {
    if (method !== 'tunnel' || probe?.answer !== 'unreachable') return [];
    return {
      severity: 'error',
      confidence: 'likely',
      host: address,
      evidence: [{ command: probe.command, value: 'ICMP destination unreachable', valueZh: 'ICMP 目的不可达' }],
      explanation: {
        en: `${address} answers a SYN inside a tunnel packet with an ICMP error: it has no tunnel device and no weir decap, or a router before it refuses tunnels.`,
        zh: `把 SYN 装在隧道报文里送给 ${address}，得到的是 ICMP 差错：它没有隧道设备，也没有 weir decap，或者前面的路由器不放行隧道。`,
      },
      fix: undefined,
    };
  });
}

/** ICMP has told the director so about the packets of clients: protocol unreachable, or of GUE port unreachable. */
function examineSignals(patient: Patient): Finding[] {
  return failing(patient).flatMap(({ destination: { address, method, signals }, evidence }) => {
    if (method !== 'tunnel' || signals.icmp.protocol + signals.icmp.port === 0) return [];
    return {
      severity: 'error',
      confidence: 'likely',
      host: address,
      evidence: [evidence],
      explanation: {
        en: `${address} answers the tunnelled packets of clients with ICMP errors: it has no tunnel device and no weir decap.`,
        zh: `${address} 对客户端的隧道报文回的是 ICMP 差错：它没有隧道设备，也没有 weir decap。`,
      },
      fix: undefined,
    };
  });
}
