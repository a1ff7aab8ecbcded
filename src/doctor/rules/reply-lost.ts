import { isTranslating } from '../../lvs/service.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { defaultRoute } from '../host.ts';
import { unfinished } from '../signals.ts';

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
  needs: ['ss'],
  faults: ['reply-lost'],
  title: { en: 'Answers are lost between the real server and the client', zh: '应答在真实服务器和客户端之间丢失' },
  examine(patient) {
    return [...examineServers(patient), ...examineSignals(patient)];
  },
};

function examineServers({ servers }: Patient): Finding[] {
  return servers.flatMap(({ host, duties, directors }) =>
    duties.flatMap(({ vip, port, method }) => {
      if (vip === undefined || isTranslating(method)) return [];
      // Where replies go to the director it is known who drops them: dr-gateway.
      if (directors.includes(defaultRoute(host, vip)?.via ?? '')) return [];
      const open = host.halfOpen.filter(({ local }) => local.address === vip && local.port === port);
      if (open.length < MANY) return [];
      const peers = [...new Set(open.map(({ peer }) => peer.address))].slice(0, 3).join(', ');
      return {
        severity: 'error',
        confidence: 'possible',
        host: host.name,
        evidence: [
          {
            command: 'ss -nt state syn-recv',
            value: `${open.length} connections to ${vip}:${port} from ${peers}`,
            valueZh: `${open.length} 个发往 ${vip}:${port} 的连接，来自 ${peers}`,
          },
        ],
        explanation: {
          en: `${host.name} has answered ${open.length} clients from ${vip} and heard nothing more. If its gateway is right, a switch, hypervisor or cloud drops packets whose source is not ${host.name}'s own address: allow ${vip} there.`,
          zh: `${host.name} 已经以 ${vip} 应答了 ${open.length} 个客户端，却再无下文。若网关无误，多半是交换机、虚拟化平台或云在丢弃源地址不属于 ${host.name} 的报文：请在那里放行 ${vip}。`,
        },
        fix: undefined,
      };
    }),
  );
}

/** The real server answers what the director sends by the service's own way, and no client confirms an answer. */
function examineSignals(patient: Patient): Finding[] {
  return unfinished(patient).flatMap(({ service: { asked }, destination: { address, probe }, evidence }) => {
    const [match] = asked;
    if (probe?.answer !== 'syn-ack' || match === undefined) return [];
    return {
      severity: 'error',
      confidence: 'possible',
      host: address,
      evidence: [evidence, { command: probe.command, value: 'SYN-ACK' }],
      explanation: {
        en: `${address} answers the director, and no client that was given to it confirms an answer: its gateway leads elsewhere, or a switch, hypervisor or cloud drops packets from ${match.address} that ${address} sends.`,
        zh: `${address} 会回答调度器，但分给它的客户端没有一个确认过应答：要么它的网关不对，要么交换机、虚拟化平台或云在丢弃 ${address} 以 ${match.address} 为源地址发出的报文。`,
      },
      fix: undefined,
    };
  });
}
