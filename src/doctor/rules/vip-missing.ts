import { isIpv4, unseen, vipDuties } from '../duties.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { counterEvidence, isLocal, silenceEvidence } from '../host.ts';
import { fromAfar, unfinished } from '../signals.ts';

/** Direct routing and tunnelling leave the VIP as destination: the real server must own it, hidden, on lo (S11, S13). */
export const vipMissing: Rule = {
  id: 'vip-missing',
  number: 9,
  looks: ['real server', 'network'],
  faults: ['vip-missing'],
  title: { en: 'The real server does not have the VIP', zh: '真实服务器上没有 VIP' },
  examine(patient) {
    return [...examineServers(patient), ...fromAfar(examineProbes(patient), examineSignals(patient))];
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
          {
            command: 'ip address show',
            value: `no interface of ${host.name} has ${vip}`,
            valueZh: `${host.name} 的网卡上都没有 ${vip}`,
          },
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
      evidence: [silenceEvidence(probe.command)],
      explanation: {
        en: `${address} does not answer a SYN for ${match.address} ${method === 'route' ? 'at its MAC' : 'in a tunnel'}. It may not have ${match.address} on lo, or a firewall or its reverse path filter drops the packet: run weir doctor --real-server there.`,
        zh: `把发往 ${match.address} 的 SYN ${method === 'route' ? `送到 ${address} 的 MAC` : `装进隧道送到 ${address}`}，它没有应答。可能 lo 上没有 ${match.address}，也可能被防火墙或反向路径过滤丢弃：请在那台机器上运行 weir doctor --real-server。`,
      },
      fix: undefined,
    };
  });
}

/** Where no SYN could be sent by the service's own way, what became of those of clients tells. */
function examineSignals(patient: Patient): Finding[] {
  return unfinished(patient).flatMap(({ service: { asked }, destination: { address, probe }, evidence }) => {
    const [match] = asked;
    if (probe !== undefined || match === undefined) return [];
    return {
      severity: 'error',
      confidence: 'possible',
      host: address,
      evidence: [evidence],
      explanation: {
        en: `${address} gets the SYNs of clients for ${match.address}, and no client ever confirms an answer. It may not have ${match.address} on lo, its gateway may be wrong, or a firewall drops what it gets or sends: run weir doctor --real-server there.`,
        zh: `客户端发往 ${match.address} 的 SYN 都送到了 ${address}，却没有客户端确认过应答。可能它的 lo 上没有 ${match.address}，可能网关不对，也可能收发的报文被防火墙丢弃：请在那台机器上运行 weir doctor --real-server。`,
      },
      fix: undefined,
    };
  });
}
