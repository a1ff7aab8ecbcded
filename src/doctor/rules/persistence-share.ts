import { matchKey } from '../../lvs/service.ts';
import type { Rule } from '../finding.ts';

const ENOUGH = 20;
const SHARE = 0.8;

/** Persistence keeps clients together that share an address: behind a proxy, one server takes them all. */
export const persistenceShare: Rule = {
  id: 'persistence-share',
  number: 26,
  looks: ['director'],
  faults: ['persistence-share'],
  title: { en: 'Persistence keeps most clients on one server', zh: '持久连接让大部分客户端挤在一台服务器上' },
  examine({ director }) {
    if (director === undefined) return [];
    return director.services.flatMap(({ match, persistence, destinations }) => {
      const counts = destinations.map(({ active, inactive }) => active + inactive);
      const sum = counts.reduce((total, count) => total + count, 0);
      const most = Math.max(0, ...counts);
      const weights = destinations.filter(({ weight }) => weight > 0).length;
      if (persistence === undefined || weights < 2 || sum < ENOUGH || most < SHARE * sum) return [];
      const busiest = destinations[counts.indexOf(most)];
      return {
        severity: 'hint',
        confidence: 'likely',
        host: director.host.name,
        evidence: [
          {
            command: 'ipvsadm -L -n --persistent-conn',
            value: `${busiest?.address ?? ''} has ${most} of ${sum} connections`,
            valueZh: `${sum} 个连接中，${busiest?.address ?? ''} 占了 ${most} 个`,
          },
          { command: 'ipvsadm -S -n', value: `-p ${persistence.timeout} -M ${persistence.netmask}` },
        ],
        explanation: {
          en: `Clients of ${matchKey(match)} that are equal under the mask ${persistence.netmask} stay with one server for ${persistence.timeout} s. Behind a proxy or NAT they are one client. A narrower mask, a shorter time or the scheduler mh with mh-port spreads them.`,
          zh: `${matchKey(match)} 的客户端只要在掩码 ${persistence.netmask} 下相同，就会在 ${persistence.timeout} 秒内固定到同一台服务器；代理或 NAT 后面的众人只算一个客户端。缩小掩码范围、缩短时间，或改用带 mh-port 的 mh 调度，都能分散开。`,
        },
        fix: undefined,
      };
    });
  },
};
