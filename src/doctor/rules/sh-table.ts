import { matchKey } from '../../lvs/service.ts';
import type { Rule } from '../finding.ts';

/** Buckets of sh (ip_vs_sh.c, IP_VS_SH_TAB_SIZE): they are dealt out weight by weight, and the last servers get none. */
const BUCKETS = 256;

export const shTable: Rule = {
  id: 'sh-table',
  number: 30,
  looks: ['director'],
  faults: ['sh-table'],
  title: { en: 'The weights do not fit into the table of sh', zh: '权重总和超出了 sh 的散列表' },
  examine({ director }) {
    if (director === undefined) return [];
    return director.services.flatMap(({ match, scheduler, destinations }) => {
      const sum = destinations.reduce((total, { weight }) => total + weight, 0);
      if (scheduler !== 'sh' || sum <= BUCKETS) return [];
      return {
        severity: 'warning',
        confidence: 'certain',
        host: director.host.name,
        evidence: [
          {
            command: 'ipvsadm -L -n',
            value: `weights of ${matchKey(match)} add up to ${sum}`,
            valueZh: `${matchKey(match)} 的权重之和是 ${sum}`,
          },
        ],
        explanation: {
          en: `sh has ${BUCKETS} buckets and gives each server as many as its weight, in turn: with ${sum} in all, some servers get fewer than their share or none.`,
          zh: `sh 只有 ${BUCKETS} 个桶，按权重依次分配：权重总和为 ${sum}，排在后面的服务器会分得过少，甚至一个也没有。`,
        },
        fix: undefined,
      };
    });
  },
};
