import { isTranslating } from '../lvs/service.ts';
import { unseen } from './duties.ts';
import type { DestinationFacts, Patient, ServiceFacts } from './facts.ts';
import type { Evidence, Finding, Text } from './finding.ts';

/** What the director itself has noticed of real servers that nobody could look at, while it forwarded the packets of clients. */

/** So many handshakes in a row without an end are no chance any more. */
const MANY = 3;

export interface Failing {
  service: ServiceFacts;
  destination: DestinationFacts;
  evidence: Evidence;
}

/** Where clients begin handshakes, and none comes to its end; of hosts that nobody answers for another rule tells. */
export function failing(patient: Patient): Failing[] {
  return unseen(patient).flatMap(({ service, destination }): Failing[] => {
    const { address, isNeighbour, signals } = destination;
    if (signals.uncompleted < MANY || isNeighbour === false) return [];
    const told = icmpText(destination);
    const evidence = {
      command: 'weir list --signals',
      value: `${address}: ${signals.uncompleted} handshakes begun since one was last completed${told.en}`,
      valueZh: `${address}：自上次握手完成以来又开始了 ${signals.uncompleted} 次${told.zh}`,
    };
    return [{ service, destination, evidence }];
  });
}

/** Where the answers of the real server would pass the director, and none does. */
export function unanswered(patient: Patient): Failing[] {
  return failing(patient).filter(
    ({ destination: { method, signals } }) => isTranslating(method) && signals.unanswered >= MANY,
  );
}

/** Where the answers of the real server do not pass the director, so that nothing but the missing end tells of them. */
export function unfinished(patient: Patient): Failing[] {
  return failing(patient).filter(({ destination }) => !isTranslating(destination.method) && !isTold(destination));
}

/** What probes have shown, and of those hosts that they say nothing of what the director has noticed. */
export function fromAfar(byProbe: readonly Finding[], bySignals: readonly Finding[]): Finding[] {
  const named = new Set(byProbe.map(({ host }) => host));
  return [...byProbe, ...bySignals.filter(({ host }) => !named.has(host))];
}

/** ICMP has said why, and a rule of its own names it. */
function isTold({ method, signals: { icmp } }: DestinationFacts): boolean {
  return icmp.prohibited > 0 || (method === 'tunnel' && icmp.protocol + icmp.port > 0);
}

function icmpText({ signals: { icmp } }: DestinationFacts): Text {
  const told = Object.entries(icmp)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`);
  if (told.length === 0) return { en: '', zh: '' };
  return { en: `; ICMP: ${told.join(', ')}`, zh: `；ICMP：${told.join('、')}` };
}
