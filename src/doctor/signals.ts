import { isTranslating } from '../lvs/service.ts';
import { unseen } from './duties.ts';
import type { DestinationFacts, Patient, ServiceFacts } from './facts.ts';
import type { Evidence, Finding } from './finding.ts';

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
    const value = `${address}: ${signals.uncompleted} handshakes begun since one was last completed${icmpText(destination)}`;
    return [{ service, destination, evidence: { command: 'weir list --signals', value } }];
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

function icmpText({ signals: { icmp } }: DestinationFacts): string {
  const told = Object.entries(icmp).filter(([, count]) => count > 0);
  return told.length === 0 ? '' : `; ICMP: ${told.map(([kind, count]) => `${kind} ${count}`).join(', ')}`;
}
