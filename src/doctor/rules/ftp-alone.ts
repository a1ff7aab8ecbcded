import { isMarkMatch } from '../../lvs/service.ts';
import type { Rule } from '../finding.ts';

const FTP = 21;

/** FTP opens further connections to ports that nobody announced; without persistence over all ports they meet another server. */
export const ftpAlone: Rule = {
  id: 'ftp-alone',
  number: 28,
  looks: ['director'],
  faults: ['ftp-alone'],
  title: { en: 'FTP without persistence', zh: 'FTP 服务没有配置持久连接' },
  examine({ director }) {
    if (director === undefined) return [];
    return director.services.flatMap(({ match, persistence }) => {
      if (isMarkMatch(match) || match.protocol !== 'tcp' || match.port !== FTP || persistence !== undefined) return [];
      const wide = director.services.some(
        (other) => !isMarkMatch(other.match) && other.match.address === match.address && other.match.port === 0,
      );
      if (wide) return [];
      return {
        severity: 'warning',
        confidence: 'likely',
        host: director.host.name,
        evidence: [
          {
            command: 'ipvsadm -L -n',
            value: `TCP ${match.address}:${match.port} without persistent`,
            valueZh: `TCP ${match.address}:${match.port} 没有 persistent`,
          },
        ],
        explanation: {
          en: `A passive data connection goes to another port of ${match.address}, which is no service, or to another server than the one that opened it.`,
          zh: `被动模式的数据连接要访问 ${match.address} 的其他端口，那里要么不是虚拟服务，要么会被调度到另一台服务器。`,
        },
        fix: undefined,
      };
    });
  },
};
