import type { Rule } from '../finding.ts';
import { counterEvidence, greaterSetting, ports, sysctlEvidence } from '../host.ts';

const STRICT = 1;

/** Weir's eBPF programs take a packet before the stack checks its way back; what is left to the stack is dropped by it. */
export const rpFilterDirector: Rule = {
  id: 'rp-filter-director',
  number: 5,
  looks: ['director'],
  faults: ['rp-filter-director'],
  title: { en: 'The reverse path filter of the director drops packets', zh: '调度器的反向路径过滤在丢包' },
  examine({ director }) {
    if (director === undefined) return [];
    const { host } = director;
    const evidence = counterEvidence(host, 'TcpExt:IPReversePathFilter');
    const strict = ports(host).filter(({ name }) => greaterSetting(host, 'rp_filter', name) === STRICT);
    if (evidence.length === 0 || strict.length === 0) return [];
    const names = strict.map(({ name }) => name);
    return [
      {
        severity: 'warning',
        confidence: 'certain',
        host: host.name,
        evidence: [...evidence, ...sysctlEvidence(host, ...names.map((name) => `net.ipv4.conf.${name}.rp_filter`))],
        explanation: {
          en: `Packets come in by another interface than the one that leads back to their source, and the stack drops them as forged. Weir's programs take balanced packets before that check; packets that they leave to the stack, and the ipvs engine's, are lost.`,
          zh: `有报文从一个接口进来，而回源地址的路由却走另一个接口，协议栈把它们当作伪造报文丢弃。Weir 的程序在这项检查之前就接走了负载均衡的报文；但留给协议栈的报文，以及 ipvs 引擎的报文，都会丢失。`,
        },
        fix: {
          host: host.name,
          command: `sysctl -w ${names.map((name) => `net.ipv4.conf.${name}.rp_filter=2`).join(' ')}`,
          undo: `sysctl -w ${names.map((name) => `net.ipv4.conf.${name}.rp_filter=1`).join(' ')}`,
        },
      },
    ];
  },
};
