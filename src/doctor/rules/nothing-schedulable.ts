import { matchKey } from '../../lvs/service.ts';
import type { DestinationFacts, DirectorFacts } from '../facts.ts';
import type { Finding, Rule, Text } from '../finding.ts';

/** All real servers have weight 0, are over their threshold, or there is none: clients are refused by ICMP. */
export const nothingSchedulable: Rule = {
  id: 'nothing-schedulable',
  number: 25,
  looks: ['director'],
  faults: ['no-rules', 'weight-zero'],
  title: { en: 'No real server may get a connection', zh: '没有可以接受新连接的真实服务器' },
  examine({ director }) {
    if (director === undefined) return [];
    if (director.services.length === 0) return [emptyTable(director)];
    return director.services
      .filter(({ destinations }) => destinations.every((one) => whyNot(one) !== undefined))
      .map(({ match, destinations }) => ({
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence:
          destinations.length === 0
            ? [
                {
                  command: 'ipvsadm -L -n',
                  value: `${matchKey(match)} has no real server`,
                  valueZh: `${matchKey(match)} 没有真实服务器`,
                },
              ]
            : destinations.map((one) => ({
                command: 'ipvsadm -L -n --thresholds',
                value: `${one.address}:${one.port} ${whyNot(one)?.en ?? ''}`,
                valueZh: `${one.address}:${one.port} ${whyNot(one)?.zh ?? ''}`,
              })),
        explanation: {
          en: `New clients of ${matchKey(match)} are refused (ICMP port unreachable, "connection refused"); connections that exist go on.`,
          zh: `${matchKey(match)} 的新客户端会被拒绝（ICMP 端口不可达，即 connection refused），已有连接不受影响。`,
        },
        fix: undefined,
      }));
  },
};

function emptyTable({ host }: DirectorFacts): Finding {
  return {
    severity: 'error',
    confidence: 'certain',
    host: host.name,
    evidence: [{ command: 'ipvsadm -L -n', value: 'no virtual service', valueZh: '没有虚拟服务' }],
    explanation: {
      en: 'The table is empty, so the director is an ordinary host: what arrives for a VIP is answered by its own stack, which refuses it where no program listens. Rules are lost at a reboot unless they are saved: ipvsadm-save, ipvsadm-restore.',
      zh: '规则表是空的，调度器只是一台普通主机：发往 VIP 的报文由它自己的协议栈回答，没有程序监听就会拒绝。规则重启后就没了，要用 ipvsadm-save 保存、ipvsadm-restore 恢复。',
    },
    fix: undefined,
  };
}

function whyNot({ weight, upperThreshold, active, inactive }: DestinationFacts): Text | undefined {
  if (weight === 0) return { en: 'has weight 0 (quiesced)', zh: '权重为 0（不再接受新连接）' };
  const connections = active + inactive;
  if (upperThreshold === 0 || connections < upperThreshold) return undefined;
  return {
    en: `has ${connections} connections, and takes ${upperThreshold} at most`,
    zh: `已有 ${connections} 个连接，上限是 ${upperThreshold}`,
  };
}
