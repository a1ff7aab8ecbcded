import { destinations } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { isLocal, routeTo, segmentOf } from '../host.ts';

/** A client in the real server's own network gets its reply straight, with an address it never asked (masquerading). */
export const clientBesideServer: Rule = {
  id: 'client-beside-server',
  number: 2,
  looks: ['director'],
  faults: ['client-in-server-net'],
  title: { en: "Clients in the real servers' own network", zh: '客户端和真实服务器在同一网段' },
  examine(patient) {
    const { director, servers } = patient;
    if (director === undefined) return [];
    const masqueraded = new Set(
      destinations(patient).flatMap(({ destination }) =>
        destination.method === 'masquerade' ? destination.address : [],
      ),
    );
    const seen = new Set<string>();
    return director.connections.flatMap(({ client, server }) => {
      const nic = segmentOf(director.host, server.address);
      // To the director itself a reply does not go past it.
      const beside =
        nic !== undefined && segmentOf(director.host, client)?.name === nic.name && !isLocal(director.host, client);
      if (!beside || client === server.address || !masqueraded.has(server.address) || seen.has(client)) return [];
      seen.add(client);
      const known = servers.find(({ duties }) => duties.some(({ address }) => address === server.address));
      const via = known === undefined ? undefined : routeTo(known.host, client)?.via;
      if (via !== undefined && known?.directors.includes(via) === true) return [];
      const near = nic.addresses[0]?.address ?? '';
      return {
        severity: 'error',
        confidence: known === undefined ? 'likely' : 'certain',
        host: known?.host.name ?? server.address,
        evidence: [
          {
            command: 'ipvsadm -L -n -c',
            value: `${client} to ${server.address}, both on the segment of ${nic.name}`,
            valueZh: `${client} 到 ${server.address}，都在 ${nic.name} 所在网段`,
          },
        ],
        explanation: {
          en: `${server.address} has ${client} on its own segment and answers it directly, past the director. The client gets a reply from ${server.address}, which it never asked, and resets it.`,
          zh: `${server.address} 和 ${client} 同在一个网段，应答不经调度器直接送达。客户端收到来自 ${server.address} 的应答，可它从未访问过这个地址，于是回 RST。`,
        },
        fix: {
          host: known?.host.name ?? server.address,
          command: `ip route add ${client}/${client.includes(':') ? 128 : 32} via ${near}`,
          undo: `ip route del ${client}/${client.includes(':') ? 128 : 32} via ${near}`,
        },
      };
    });
  },
};
