import { bracketed } from '../../lvs/service.ts';
import { vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';

/** A real server that balances the same VIP sends requests on, perhaps back: they circle until their TTL ends. */
export const directorLoop: Rule = {
  id: 'director-loop',
  number: 19,
  looks: ['real server'],
  faults: ['director-loop'],
  title: { en: 'The real server balances the same VIP itself', zh: '真实服务器自己也在调度同一个 VIP' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host }, duty, vip }) => {
      const names = (line: string, address: string): boolean => line.includes(` ${bracketed(address)}:`);
      const rule = host.rules.find((line) => line.startsWith('-A ') && names(line, vip));
      const others = host.rules.filter(
        (line) => line.startsWith('-a ') && names(line, vip) && !names(line, duty.address),
      );
      if (rule === undefined || others.length === 0) return [];
      return {
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence: [rule, ...others].map((line) => ({ command: 'ipvsadm -S -n', value: line })),
        explanation: {
          en: `${host.name} gets requests for ${vip} as a real server and schedules them again as a director, to others and back: a packet circles until its TTL ends, and load multiplies.`,
          zh: `${host.name} 作为真实服务器收到发往 ${vip} 的请求，又作为调度器把它们再次调度出去，可能再送回来：报文兜圈到 TTL 耗尽，负载成倍增加。`,
        },
        fix: undefined,
      };
    });
  },
};
