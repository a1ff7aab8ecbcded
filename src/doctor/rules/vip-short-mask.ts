import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { ownAddress } from '../host.ts';

/** A prefix on lo makes every address of it local: the real server reaches neither gateway nor director any more. */
export const vipShortMask: Rule = {
  id: 'vip-short-mask',
  number: 10,
  looks: ['real server'],
  faults: ['vip-short-mask'],
  title: { en: 'The VIP on lo has a whole network with it', zh: 'lo 上的 VIP 掩码太短' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server, vip }) => {
      const { host } = server;
      const own = ownAddress(host, vip);
      const whole = isIpv4(vip) ? 32 : 128;
      if (own === undefined || !own.interface.loopback || own.length === whole) return [];
      const [wrong, right] = [`${vip}/${own.length}`, `${vip}/${whole}`];
      return {
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence: [{ command: 'ip address show dev lo', value: wrong }],
        explanation: {
          en: `With ${wrong} on lo, ${host.name} takes every address of that network for its own: it can answer nobody there, its gateway included.`,
          zh: `lo 上配成 ${wrong} 后，${host.name} 把整个网段都当成自己的地址：网段里的谁它都回不了，网关也不例外。`,
        },
        fix: {
          host: host.name,
          command: `ip address add ${right} dev lo && ip address del ${wrong} dev lo`,
          undo: `ip address add ${wrong} dev lo && ip address del ${right} dev lo`,
        },
      };
    });
  },
};
