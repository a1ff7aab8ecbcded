import { isTranslating } from '../../lvs/service.ts';
import { destinations } from '../duties.ts';
import type { DirectorFacts, Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { counterEvidence, isLocal } from '../host.ts';

/** So many refused attempts while the doctor looked are no chance any more. */
const OFTEN = 2;

/**
 * The director cannot be its own client. With kernel IPVS and direct routing its packet has the VIP as source, which the server owns
 * too; Weir balances what comes in by an interface, and what the director sends to its own address does not.
 */
export const clientIsDirector: Rule = {
  id: 'client-is-director',
  number: 18,
  looks: ['director'],
  faults: ['client-is-director'],
  title: { en: 'The director is asked by itself', zh: '在调度器自己身上访问 VIP' },
  examine(patient) {
    const { director } = patient;
    return director === undefined ? [] : [...examineConnections(patient, director), ...examineRefusals(director)];
  },
};

function examineConnections(patient: Patient, director: DirectorFacts): Finding[] {
  const direct = new Set(
    destinations(patient).flatMap(({ destination }) => (isTranslating(destination.method) ? [] : destination.address)),
  );
  const own = director.connections.find(
    ({ client, server, virtual }) =>
      direct.has(server.address) && client === virtual.address && isLocal(director.host, client),
  );
  if (own === undefined) return [];
  const { client, virtual, server } = own;
  return [
    {
      severity: 'warning',
      confidence: 'certain',
      host: director.host.name,
      evidence: [
        {
          command: 'ipvsadm -L -n -c',
          value: `${client} to ${virtual.address}:${virtual.port} at ${server.address}`,
        },
      ],
      explanation: {
        en: `A program on the director asks ${virtual.address} and gets that address as its own source. ${server.address} owns it as well and drops the packet as forged: the program waits for ever. Ask from another host.`,
        zh: `调度器上有程序访问 ${virtual.address}，源地址也成了它自己。${server.address} 上也有这个地址，会把报文当作伪造丢弃：程序只能一直等。请换一台主机测试。`,
      },
      fix: undefined,
    },
  ];
}

/** A host that asks itself for a closed port counts the attempt that failed, and the reset that it sent. */
function examineRefusals({ host, services }: DirectorFacts): Finding[] {
  const refused = Math.min(host.counters['Tcp:AttemptFails'] ?? 0, host.counters['Tcp:OutRsts'] ?? 0);
  const closed = services
    .flatMap(({ asked }) => asked)
    .filter(({ protocol, address, port }) => {
      const listens = host.listeners.some((one) => one.protocol === protocol && one.port === port);
      return protocol === 'tcp' && isLocal(host, address) && !listens;
    });
  const [first] = closed;
  if (refused < OFTEN || first === undefined) return [];
  const vip = first.address;
  return [
    {
      severity: 'warning',
      confidence: 'possible',
      host: host.name,
      evidence: [
        ...counterEvidence(host, 'Tcp:AttemptFails'),
        ...counterEvidence(host, 'Tcp:OutRsts'),
        { command: `ss -lnt sport = :${first.port}`, value: 'nothing' },
      ],
      explanation: {
        en: `While the doctor looked, ${refused} connections were opened by programs of ${host.name} and refused by ${host.name} itself. If they were for ${vip}: Weir balances what comes in by an interface, and what the director sends to its own address never does. Ask from another host (\`tcpdump -i lo\` shows who asks).`,
        zh: `诊断期间，${host.name} 上的程序发起了 ${refused} 个连接，又被 ${host.name} 自己拒绝。如果它们访问的是 ${vip}：Weir 均衡的是从网卡进来的报文，调度器发给自己地址的报文不在其中。请换一台主机测试（\`tcpdump -i lo\` 能看到是谁在访问）。`,
      },
      fix: undefined,
    },
  ];
}
