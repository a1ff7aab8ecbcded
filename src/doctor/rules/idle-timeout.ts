import type { Rule } from '../finding.ts';
import { sysctl, sysctlEvidence } from '../host.ts';

/** Below this part of the timeout, a connection is about to be forgotten. */
const NEAR_END = 0.2;

/** The director forgets idle connections; an endpoint that speaks again after that is answered with RST, or not at all. */
export const idleTimeout: Rule = {
  id: 'idle-timeout',
  number: 27,
  looks: ['director'],
  faults: ['idle-timeout'],
  title: { en: 'Idle connections end at the director before anybody notices', zh: '空闲连接会先在调度器上过期' },
  examine({ director, servers }) {
    if (director === undefined) return [];
    const { tcpTimeout, connections } = director;
    const idle = connections.filter(({ state, expires }) => state === 'ESTABLISHED' && expires < NEAR_END * tcpTimeout);
    const silent = servers.filter(({ host }) => (sysctl(host, 'net.ipv4.tcp_keepalive_time') ?? 0) > tcpTimeout);
    if (idle.length === 0 || (servers.length > 0 && silent.length === 0)) return [];
    return [
      {
        severity: 'hint',
        confidence: 'likely',
        host: director.host.name,
        evidence: [
          {
            command: 'ipvsadm -L -n -c',
            value: `${idle.length} established connections end within ${Math.round(NEAR_END * tcpTimeout)} s`,
            valueZh: `${idle.length} 个 ESTABLISHED 连接将在 ${Math.round(NEAR_END * tcpTimeout)} 秒内到期`,
          },
          { command: 'ipvsadm -L --timeout', value: `tcp ${tcpTimeout}` },
          ...silent.slice(0, 1).flatMap(({ host }) => sysctlEvidence(host, 'net.ipv4.tcp_keepalive_time')),
        ],
        explanation: {
          en: `A connection that is silent for ${tcpTimeout} s is forgotten by the director, and what is sent after that finds nobody. Let keepalives come oftener than that, or raise the timeout.`,
          zh: `连接静默 ${tcpTimeout} 秒后，调度器就会忘记它，之后再发的数据便无人接收。请让 keepalive 的间隔短于这个时间，或调大超时。`,
        },
        fix: {
          host: director.host.name,
          command: `ipvsadm --set ${tcpTimeout * 10 > 86_400 ? 86_400 : Math.max(tcpTimeout * 10, 7500)} 0 0`,
          undo: `ipvsadm --set ${tcpTimeout} 0 0`,
        },
      },
    ];
  },
};
