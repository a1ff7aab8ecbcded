import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence, isLocal } from '../host.ts';

/** Direct routing and tunnelling leave the VIP as destination: the real server must own it, hidden, on lo (S11, S13). */
export const vipMissing: Rule = {
  id: 'vip-missing',
  number: 9,
  title: { en: 'The real server does not have the VIP', zh: '真实服务器上没有 VIP' },
  examine(patient) {
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
  },
};
