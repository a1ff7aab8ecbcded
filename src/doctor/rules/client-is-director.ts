import { isTranslating } from '../../lvs/service.ts';
import { destinations } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { isLocal } from '../host.ts';

/** With direct routing the director cannot be its own client: its packet has the VIP as source, which the server owns too. */
export const clientIsDirector: Rule = {
  id: 'client-is-director',
  number: 18,
  title: { en: 'The director is asked by itself', zh: '在调度器自己身上访问 VIP' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const direct = new Set(
      destinations(patient).flatMap(({ destination }) =>
        isTranslating(destination.method) ? [] : destination.address,
      ),
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
  },
};
