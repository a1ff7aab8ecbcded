import { destinations, isIpv4, vipDuties, vips } from '../duties.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Language, Rule, Text } from '../finding.ts';
import { defaultRoute, greaterSetting, isLocal, segmentOf, sysctlEvidence } from '../host.ts';

/**
 * S12: asked by its own reply's source, the real server puts the VIP as sender into the ARP request for its gateway, and the
 * gateway learns the wrong MAC. A static entry for the gateway avoids the question, arp_announce=2 the wrong sender.
 */
export const arpAnnounce: Rule = {
  id: 'arp-announce',
  number: 12,
  looks: ['director', 'real server'],
  faults: ['arp-announce', 'no-static-arp'],
  title: { en: "The real server's ARP requests carry the VIP", zh: '真实服务器发出的 ARP 请求以 VIP 作为发送者' },
  examine(patient) {
    return [...examineServers(patient), ...examineDirector(patient)];
  },
};

function examineServers(patient: Patient): Finding[] {
  return vipDuties(patient).flatMap(({ server: { host }, duty, vip }) => {
    if (!isIpv4(vip) || duty.method !== 'route' || !isLocal(host, vip)) return [];
    const gateway = defaultRoute(host, vip);
    // Without a gateway it asks for the clients themselves, on the segment they share.
    const nic = gateway?.dev ?? segmentOf(host, duty.address)?.name;
    if (nic === undefined || greaterSetting(host, 'arp_announce', nic) >= 2) return [];
    const asked = gateway?.via ?? { en: 'its neighbours', zh: '邻居' };
    const bound = host.neighbours.some(({ address, state }) => address === gateway?.via && state === 'PERMANENT');
    if (bound) return [];
    return {
      severity: 'error',
      confidence: 'likely',
      host: host.name,
      evidence: [
        ...sysctlEvidence(host, 'net.ipv4.conf.all.arp_announce', `net.ipv4.conf.${nic}.arp_announce`),
        {
          command: 'ip neighbour show',
          value: `no permanent entry for ${textOf(asked, 'en')}`,
          valueZh: `没有${textOf(asked, 'zh')}的永久条目`,
        },
      ],
      explanation: {
        en: `Replies have ${vip} as their source, so ${host.name} asks for ${textOf(asked, 'en')} with ${vip} as the sender, and whoever hears it learns that ${vip} is at ${host.name}: the next requests pass the director by.`,
        zh: `应答报文的源地址是 ${vip}，于是 ${host.name} 查询${textOf(asked, 'zh')}的 ARP 请求也以 ${vip} 为发送者，听到的主机就会以为 ${vip} 在 ${host.name} 上：之后的请求便绕过了调度器。`,
      },
      fix: {
        host: host.name,
        command: 'sysctl -w net.ipv4.conf.all.arp_announce=2',
        undo: `sysctl -w net.ipv4.conf.all.arp_announce=${host.sysctls['net.ipv4.conf.all.arp_announce'] ?? '0'}`,
      },
    };
  });
}

function textOf(asked: string | Text, language: Language): string {
  return typeof asked === 'string' ? asked : asked[language];
}

/**
 * A director whose only address on the segment is the VIP asks for its real servers from the VIP, and they, who have it as well, take
 * the question for forged.
 */
function examineDirector(patient: Patient): Finding[] {
  const { director } = patient;
  if (director === undefined) return [];
  const { host } = director;
  const virtual = new Set(vips(patient));
  const direct = destinations(patient).filter(({ destination }) => destination.method === 'route');
  const mute = direct.filter(({ destination: { address } }) => {
    const nic = segmentOf(host, address);
    if (!isIpv4(address) || nic === undefined) return false;
    const bound = host.neighbours.some((one) => one.address === address && one.state === 'PERMANENT');
    return !bound && nic.addresses.filter((own) => isIpv4(own.address)).every((own) => virtual.has(own.address));
  });
  const [first] = mute;
  if (first === undefined) return [];
  const servers = [...new Set(mute.map(({ destination }) => destination.address))];
  const nic = segmentOf(host, first.destination.address);
  return [
    {
      severity: 'error',
      confidence: 'likely',
      host: host.name,
      evidence: [
        {
          command: 'ip neighbour show',
          value: `no permanent entry for ${servers.join(', ')}`,
          valueZh: `没有 ${servers.join('、')} 的永久条目`,
        },
        {
          command: `ip address show dev ${nic?.name ?? ''}`,
          value: 'no address but the VIP',
          valueZh: '除 VIP 外没有别的地址',
        },
      ],
      explanation: {
        en: `${host.name} can ask who has ${servers.join(', ')} from the VIP only. The real servers have the VIP as well, take the question for forged and do not answer: requests end here. Bind their MAC addresses (ip neighbour replace ... nud permanent), or give ${nic?.name ?? 'the interface'} another address.`,
        zh: `${host.name} 只能以 VIP 的名义询问谁是 ${servers.join('、')}。真实服务器上也有 VIP，会把询问当作伪造而不回答：请求到此为止。请绑定它们的 MAC 地址（ip neighbour replace ... nud permanent），或给 ${nic?.name ?? '网卡'} 再配一个地址。`,
      },
      fix: undefined,
    },
  ];
}
