import { dutiesBy } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { defaultRoute, segmentOf } from '../host.ts';

/** Bytes that IP in IP adds to IPv4, the least of all tunnels. */
const OVERHEAD = 20;
const HEADERS = 40;
const ETHERNET = 1500;

/**
 * The real server asks its clients for segments that fill 1500 bytes; inside another header those do not fit the way from the
 * director, so small requests work and uploads hang.
 */
export const tunnelMtu: Rule = {
  id: 'tunnel-mtu',
  number: 21,
  title: { en: 'Full segments do not fit the tunnel', zh: '满长报文放不进隧道' },
  examine(patient) {
    return dutiesBy(patient, 'tunnel').flatMap(({ server: { host }, duty }) => {
      const nic = segmentOf(host, duty.address);
      const back = defaultRoute(host, duty.vip ?? duty.address);
      const asked = back?.advmss ?? (nic?.mtu ?? ETHERNET) - HEADERS;
      const way = nic?.mtu ?? ETHERNET;
      if (asked + HEADERS + OVERHEAD <= way || back === undefined) return [];
      const fits = way - HEADERS - OVERHEAD;
      const route = `default${back.via === undefined ? '' : ` via ${back.via}`}${back.dev === undefined ? '' : ` dev ${back.dev}`}`;
      return {
        severity: 'warning',
        confidence: 'likely',
        host: host.name,
        evidence: [
          { command: 'ip route show default', value: `${route}, advmss ${back.advmss ?? 'not set'}` },
          { command: `ip link show ${nic?.name ?? ''}`, value: `mtu ${way}` },
        ],
        explanation: {
          en: `${host.name} tells clients to send segments of ${asked} bytes. With the tunnel's header they are ${asked + HEADERS + OVERHEAD} bytes long, and the way holds ${way}: uploads hang while small requests work.`,
          zh: `${host.name} 告诉客户端可以发 ${asked} 字节的报文段。加上隧道头部就是 ${asked + HEADERS + OVERHEAD} 字节，而链路只容得下 ${way}：小请求正常，上传却会卡住。`,
        },
        fix: {
          host: host.name,
          command: `ip route change ${route} advmss ${fits}`,
          undo: `ip route change ${route}`,
        },
      };
    });
  },
};
