import { isIpv4, unseen, vipDuties } from '../duties.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { counterEvidence, isLocal } from '../host.ts';

/** Direct routing and tunnelling leave the VIP as destination: the real server must own it, hidden, on lo (S11, S13). */
export const vipMissing: Rule = {
  id: 'vip-missing',
  number: 9,
  looks: ['real server', 'network'],
  faults: ['vip-missing'],
  title: { en: 'The real server does not have the VIP', zh: '真实服务器上没有 VIP' },
  examine(patient) {
    return [...examineServers(patient), ...examineProbes(patient)];
  },
};

function examineServers(patient: Patient): Finding[] {
  return vipDuties(patient)
    .filter(({ server, vip }) => !isLocal(server.host, vip))
    .map(({ server, vip }) => {
      const { host } = server;
      const length = isIpv4(vip) ? 32 : 128;
      return {
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence: [
          { command: 'ip address show', value: `no interface of ${host.name} has ${vip}` },
          ...counterEvidence(host, 'Ip:InAddrErrors'),
          ...counterEvidence(host, 'Ip:ForwDatagrams'),
        ],
        explanation: {
          en: `Requests reach ${host.name} with ${vip} as their destination. It takes them for somebody else's: drops them, or, if it forwards, sends them back to the director.`,
          zh: `请求到达 ${host.name} 时目的地址仍是 ${vip}。它认为这不是给自己的：要么丢弃；若开了转发，就又送回调度器。`,
        },
        fix: {
          host: host.name,
          command: `ip address add ${vip}/${length} dev lo`,
          undo: `ip address del ${vip}/${length} dev lo`,
        },
      };
    });
}

function examineProbes(patient: Patient): Finding[] {
  return unseen(patient).flatMap(({ service: { asked }, destination: { address, method, probe, isNeighbour } }) => {
    const [match] = asked;
    const keepsVip = method === 'route' || method === 'tunnel';
    if (!keepsVip || probe?.answer !== 'silence' || match === undefined || isNeighbour === false) return [];
    return {
      severity: 'error',
      confidence: 'possible',
      host: address,
      evidence: [{ command: probe.command, value: 'no answer' }],
      explanation: {
        en: `${address} does not answer a SYN for ${match.address} ${method === 'route' ? 'at its MAC' : 'in a tunnel'}. It may not have ${match.address} on lo, or a firewall or its reverse path filter drops the packet: run weir doctor --real-server there.`,
        zh: `把发往 ${match.address} 的 SYN ${method === 'route' ? `送到 ${address} 的 MAC` : `装进隧道送到 ${address}`}，它没有应答。可能 lo 上没有 ${match.address}，也可能被防火墙或反向路径过滤丢弃：请在那台机器上运行 weir doctor --real-server。`,
      },
      fix: undefined,
    };
  });
}
