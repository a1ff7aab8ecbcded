import { isTranslating } from '../../lvs/service.ts';
import type { Rule } from '../finding.ts';

/** As many answered and unconfirmed connections are no chance any more. */
const MANY = 3;

/**
 * The request arrived and was answered (SYN-RECV), and no answer came of it: something between drops packets whose source is not
 * the server's own, as hypervisors, clouds and switches with port security do.
 */
export const replyLost: Rule = {
  id: 'reply-lost',
  number: 24,
  looks: ['real server'],
  faults: ['reply-lost'],
  title: { en: 'Answers are lost between the real server and the client', zh: '应答在真实服务器和客户端之间丢失' },
  examine({ servers }) {
    return servers.flatMap(({ host, duties }) =>
      duties.flatMap(({ vip, port, method }) => {
        if (vip === undefined || isTranslating(method)) return [];
        const open = host.halfOpen.filter(({ local }) => local.address === vip && local.port === port);
        if (open.length < MANY) return [];
        const peers = [...new Set(open.map(({ peer }) => peer.address))].slice(0, 3).join(', ');
        return {
          severity: 'error',
          confidence: 'possible',
          host: host.name,
          evidence: [
            { command: 'ss -nt state syn-recv', value: `${open.length} connections to ${vip}:${port} from ${peers}` },
          ],
          explanation: {
            en: `${host.name} has answered ${open.length} clients from ${vip} and heard nothing more. If its gateway is right, a switch, hypervisor or cloud drops packets whose source is not ${host.name}'s own address: allow ${vip} there.`,
            zh: `${host.name} 已经以 ${vip} 应答了 ${open.length} 个客户端，却再无下文。若网关无误，多半是交换机、虚拟化平台或云在丢弃源地址不属于 ${host.name} 的报文：请在那里放行 ${vip}。`,
          },
          fix: undefined,
        };
      }),
    );
  },
};
