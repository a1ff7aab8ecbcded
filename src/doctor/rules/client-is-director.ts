import { isTranslating } from '../../lvs/service.ts';
import { destinations } from '../duties.ts';
import type { DirectorFacts, Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { isLocal } from '../host.ts';

/** By direct routing and tunnelling the director cannot ask from the VIP: the real server owns it too. */
export const clientIsDirector: Rule = {
  id: 'client-is-director',
  number: 18,
  looks: ['director'],
  faults: ['client-is-director'],
  title: { en: 'The director is asked by itself', zh: '在调度器自己身上访问 VIP' },
  examine(patient) {
    return patient.director === undefined ? [] : examineConnections(patient, patient.director);
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
          valueZh: `${client} 到 ${virtual.address}:${virtual.port}，分给 ${server.address}`,
        },
      ],
      explanation: {
        en: `A program on the director asks ${virtual.address} and gets that address as its own source. ${server.address} owns it as well and drops the packet as forged: the program waits for ever. Ask from another host, or from another address of the director.`,
        zh: `调度器上有程序访问 ${virtual.address}，源地址也成了它自己。${server.address} 上也有这个地址，会把报文当作伪造丢弃：程序只能一直等。请换一台主机测试，或者用调度器的另一个地址去访问。`,
      },
      fix: undefined,
    },
  ];
}
