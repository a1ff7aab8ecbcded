import { isTranslating } from '../../lvs/service.ts';
import { unseen } from '../duties.ts';
import type { DestinationFacts, Duty, HostFacts, RealServerFacts } from '../facts.ts';
import type { Finding, Rule, Text } from '../finding.ts';
import { counterEvidence } from '../host.ts';
import { failing, type Failing } from '../signals.ts';

/** Direct routing and tunnelling keep address and port: the program must listen on the VIP, or on all, and on the same port. */
export const notListening: Rule = {
  id: 'not-listening',
  number: 16,
  looks: ['real server', 'network'],
  needs: ['ss'],
  faults: ['port-wrong', 'service-stopped'],
  title: { en: 'No program listens where requests arrive', zh: '请求到达的地址和端口上没有程序在监听' },
  examine(patient) {
    return [
      ...patient.servers.flatMap((server) => server.duties.flatMap((duty) => examineDuty(server, duty))),
      ...unseen(patient).flatMap(({ destination }) => examineProbe(destination)),
      ...failing(patient).flatMap(examineSignals),
    ];
  },
};

function examineDuty({ host }: RealServerFacts, duty: Duty): Finding[] {
  const asked = isTranslating(duty.method) ? duty.address : duty.vip;
  if (asked === undefined || duty.port === 0 || duty.protocol === 'sctp') return [];
  const there = host.listeners.filter(({ protocol, port }) => protocol === duty.protocol && port === duty.port);
  if (there.some(({ address }) => address === asked || isEvery(address))) return [];
  const elsewhere = there.map(({ address }) => address).join(', ');
  const other = programsOfHost(host, duty);
  return [
    {
      severity: 'error',
      confidence: 'certain',
      host: host.name,
      evidence: [
        {
          command: `ss -ln${duty.protocol === 'tcp' ? 't' : 'u'} sport = :${duty.port}`,
          ...(elsewhere === ''
            ? { value: `nothing on port ${duty.port}${other.en}`, valueZh: `${duty.port} 端口上没有程序${other.zh}` }
            : { value: `only on ${elsewhere}`, valueZh: `只在 ${elsewhere} 上` }),
        },
        ...counterEvidence(host, 'Tcp:OutRsts'),
      ],
      explanation: {
        en: `Requests arrive at ${host.name} for ${asked} port ${duty.port}, where nobody listens: clients get "connection refused".`,
        zh: `请求到 ${host.name} 时要找的是 ${asked} 的 ${duty.port} 端口，那里却没有程序监听：客户端会得到 connection refused。`,
      },
      fix: undefined,
    },
  ];
}

function examineProbe({ address, port, probe }: DestinationFacts): Finding[] {
  if (probe?.answer !== 'reset') return [];
  return [
    {
      severity: 'error',
      confidence: 'likely',
      host: address,
      evidence: [{ command: probe.command, value: 'RST' }],
      explanation: {
        en: `${address} answers a SYN on the service's own way with RST: no program listens on port ${port} of the address that requests carry. Clients get "connection refused".`,
        zh: `按服务自己的转发路径发去的 SYN，${address} 回了 RST：请求所带的地址上没有程序监听 ${port} 端口，客户端会得到 connection refused。`,
      },
      fix: undefined,
    },
  ];
}

/** No probe was tried, and handshakes of clients end with a RST of the real server. */
function examineSignals({ destination: { address, port, probe, signals }, evidence }: Failing): Finding[] {
  if (probe !== undefined || signals.refused === 0 || signals.unanswered > 0) return [];
  return [
    {
      severity: 'error',
      confidence: 'likely',
      host: address,
      evidence: [
        {
          ...evidence,
          value: `${evidence.value}; ${signals.refused} refused`,
          valueZh: `${evidence.valueZh ?? evidence.value}；${signals.refused} 次被拒绝`,
        },
      ],
      explanation: {
        en: `${address} answers the SYNs of clients with RST: no program listens on port ${port} there. Clients get "connection refused".`,
        zh: `${address} 对客户端的 SYN 回 RST：那里没有程序监听 ${port} 端口，客户端会得到 connection refused。`,
      },
      fix: undefined,
    },
  ];
}

function isEvery(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '*';
}

function programsOfHost({ listeners }: HostFacts, { protocol }: Duty): Text {
  const ports = [...new Set(listeners.filter((one) => one.protocol === protocol).map(({ port }) => port))];
  const some = ports.slice(0, 8);
  return some.length === 0
    ? { en: '', zh: '' }
    : { en: `; there are ${some.join(', ')}`, zh: `，有的是 ${some.join('、')}` };
}
