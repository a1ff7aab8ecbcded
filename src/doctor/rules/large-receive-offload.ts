import type { Rule } from '../finding.ts';
import { ports } from '../host.ts';

/** LRO joins segments in a way that cannot be undone when they are forwarded; GRO can. */
export const largeReceiveOffload: Rule = {
  id: 'large-receive-offload',
  number: 22,
  looks: ['director'],
  needs: ['ethtool'],
  faults: [],
  title: { en: 'Large receive offload on the director', zh: '调度器网卡开着 LRO' },
  examine({ director }) {
    if (director === undefined) return [];
    return ports(director.host)
      .filter(({ features }) => features['large-receive-offload'] === true)
      .map(({ name }) => ({
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence: [{ command: `ethtool -k ${name}`, value: 'large-receive-offload: on' }],
        explanation: {
          en: `${name} joins segments into packets that no longer fit the way out: uploads crawl, and clients get a storm of "fragmentation needed".`,
          zh: `${name} 会把多个报文段合成放不进出口链路的大包：上传极慢，客户端不断收到“需要分片”。`,
        },
        fix: { host: director.host.name, command: `ethtool -K ${name} lro off`, undo: `ethtool -K ${name} lro on` },
      }));
  },
};
