import {
  EXPIRY,
  FIELD,
  METHOD,
  OUTCOME,
  REASON,
  ROLE,
  STEP_KIND,
  type DestinationRecord,
  type StepRecord,
} from '../../../kernel/abi.generated.ts';
import { candidateView } from '../../../lvs/schedule.ts';
import { type Candidate, type WhyNone, whyNone } from '../../../lvs/schedulers/scheduler.ts';
import { type DestinationId, type Family, SCHEDULER_FLAG, endpointText } from '../../../lvs/service.ts';
import type { Decision, RewrittenField } from '../../../lvs/verdict.ts';
import { stateName } from './connections.ts';
import { addressText, familyOfNumber } from '../maps/layouts.ts';
import { destinationOf, protocolName } from '../maps/records.ts';

/** A service as its scheduler saw it. */
export interface ExplainedService {
  key: string;
  scheduler: string;
  schedulerFlags: number;
  /** In walk order, without the connection that the packet ends. */
  candidates: readonly Candidate[];
}

/** What the numbers in the programs' steps stand for. */
export interface StepNames {
  service(id: number): ExplainedService | undefined;
  destination(index: number): DestinationRecord | undefined;
  interface(index: number): { name: string; mtu: number } | undefined;
}

/** The decisions that an explaining program has written down, in the words of the specification. */
export function decisionsOf(steps: readonly StepRecord[], names: StepNames): Decision[] {
  let connection = '';
  let scheduled: ExplainedService | undefined;
  return inOrder(steps).flatMap((step): Decision[] => {
    switch (step.kind) {
      case STEP_KIND.REASSEMBLED:
        return [{ kind: 'reassembled', fragments: step.value, bytes: step.other }];
      case STEP_KIND.SERVICE:
        return [{ kind: 'service', service: step.value === 0 ? undefined : names.service(step.index)?.key }];
      case STEP_KIND.UNKNOWN:
        return [{ kind: 'connection', found: 'none' }];
      case STEP_KIND.CONNECTION:
        connection = connectionText(step, names);
        return [{ ...found(step), connection, state: stateName(step.value) }];
      case STEP_KIND.EXPIRED:
        return [{ kind: 'expired', connection, because: EXPIRIES[step.value] ?? 'reused' }];
      case STEP_KIND.TEMPLATE:
        return [{ kind: 'template', template: templateText(step, names), outcome: OUTCOMES[step.value] ?? 'used' }];
      case STEP_KIND.SCHEDULE:
        scheduled = names.service(step.index);
        return scheduled === undefined ? [] : [candidatesOf(scheduled)];
      case STEP_KIND.CHOICE:
        return [{ kind: 'choice', destination: endpointText(serverOf(names.destination(step.index))) }];
      case STEP_KIND.NO_CHOICE:
        return [{ kind: 'no-choice', why: scheduled === undefined ? 'no-destination' : whyNoChoice(scheduled) }];
      case STEP_KIND.SOURCE:
        return [{ kind: 'source', source: step.value === 0 ? undefined : endpointText(source(step)) }];
      case STEP_KIND.STATE:
        return [{ kind: 'state', from: stateName(step.value), to: stateName(step.other) }];
      case STEP_KIND.ROUTE:
        return [routeOf(step, names)];
      case STEP_KIND.TTL:
        return [{ kind: 'rewrite', field: 'ttl', from: `${step.value}`, to: `${step.value - 1}` }];
      case STEP_KIND.REWRITE:
        return [rewriteOf(step)];
      case STEP_KIND.ANSWER:
        return [{ kind: 'answer', what: ANSWERS.get(step.value) ?? 'icmp', to: client(step).address }];
      default:
        return [];
    }
  });
}

/** The programs follow a reply before they rewrite it, the specification the other way round. */
function inOrder(steps: readonly StepRecord[]): StepRecord[] {
  const order = [...steps];
  for (let at = 1; at < order.length; at++) {
    const [one, other] = [order[at - 1]!, order[at]!];
    // Between the state and the rewriting of a request stands its route.
    const isOfReply = one.kind === STEP_KIND.STATE && other.kind === STEP_KIND.REWRITE;
    if (isOfReply) order.splice(at - 1, 2, other, one);
  }
  return order;
}

type Because = Extract<Decision, { kind: 'expired' }>['because'];
type Outcome = Extract<Decision, { kind: 'template' }>['outcome'];

const EXPIRIES: Readonly<Record<number, Because>> = {
  [EXPIRY.REUSED]: 'reused',
  [EXPIRY.QUIESCED]: 'quiesced',
  [EXPIRY.GONE]: 'destination-gone',
};

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  [OUTCOME.USED]: 'used',
  [OUTCOME.CREATED]: 'created',
  [OUTCOME.INVALIDATED]: 'invalidated',
};

const FIELDS: Readonly<Record<number, RewrittenField>> = {
  [FIELD.SOURCE]: 'source',
  [FIELD.DESTINATION]: 'destination',
  [FIELD.OUTER_SOURCE]: 'outer-source',
  [FIELD.OUTER_DESTINATION]: 'outer-destination',
};

/** As src/lvs/icmp-error.ts calls them. */
const ANSWERS = new Map<number, string>([
  [REASON.TTL_EXPIRED, 'icmp ttl-expired'],
  [REASON.TOO_BIG, 'icmp too-big'],
  [REASON.NO_ROUTE, 'icmp host-unreachable'],
  [REASON.NO_DESTINATION, 'icmp port-unreachable'],
  [REASON.STRAY_REPLY, 'icmp port-unreachable'],
  [REASON.ICMP_CONSUMED, 'icmp about the packet in the tunnel'],
]);

const FROM_HAS_PORT = 1;
const TO_HAS_PORT = 2;
/** The loopback, which is the first interface of every network namespace. */
const LOOPBACK = 1;

function found({ other }: StepRecord): Pick<Extract<Decision, { kind: 'connection' }>, 'kind' | 'found'> {
  return { kind: 'connection', found: other === ROLE.REPLY ? 'reply' : 'request' };
}

function client({ client: words, clientPort, family }: StepRecord): DestinationId {
  return { address: addressText(words, familyOfNumber(family)), port: clientPort };
}

function virtual({ virtualAddress, virtualPort, family }: StepRecord): DestinationId {
  return { address: addressText(virtualAddress, familyOfNumber(family)), port: virtualPort };
}

function server({ server: words, serverPort }: StepRecord, family: Family): DestinationId {
  return { address: addressText(words, family), port: serverPort };
}

function source({ source: words, sourcePort, family }: StepRecord): DestinationId {
  return { address: addressText(words, familyOfNumber(family)), port: sourcePort };
}

function serverOf(record: DestinationRecord | undefined): DestinationId {
  return record === undefined ? { address: '?', port: 0 } : destinationOf(record);
}

/** As `connectionText` of src/lvs/connection.ts. The real server at the end of a tunnel may be of another family: its record tells. */
function connectionText(step: StepRecord, names: StepNames): string {
  const own = server(step, familyOfNumber(step.family));
  const end = step.method === METHOD.TUNNEL ? { ...serverOf(names.destination(step.index)), port: own.port } : own;
  const from = step.method === METHOD.FULL_NAT ? ` from ${endpointText(source(step))}` : '';
  return `${protocolName(step.protocol)} ${endpointText(client(step))} > ${endpointText(virtual(step))} > ${endpointText(end)}${from}`;
}

function templateText(step: StepRecord, names: StepNames): string {
  const protocol = step.protocol === 0 ? 'ip' : protocolName(step.protocol);
  const end = { ...serverOf(names.destination(step.index)), port: step.serverPort };
  return `${protocol} ${endpointText(client(step))} > ${endpointText(virtual(step))} > ${endpointText(end)}`;
}

function candidatesOf({ scheduler, candidates }: ExplainedService): Decision {
  return { kind: 'candidates', scheduler, candidates: candidates.map(candidateView) };
}

const hasNobody = (list: readonly Candidate[]): boolean => list.length === 0;
const hasNoWeight = (list: readonly Candidate[]): boolean => list.every(({ lastWeight }) => lastWeight <= 0);

/** Hashing schedulers that may lead to a destination that cannot take a connection, and when their table is empty. */
const HASHING: Readonly<Record<string, (list: readonly Candidate[]) => boolean>> = {
  dh: hasNobody,
  sh: hasNobody,
  mh: hasNoWeight,
};

/** Why a scheduler has chosen nobody, which the program does not tell. */
export function whyNoChoice({ scheduler, schedulerFlags, candidates }: Omit<ExplainedService, 'key'>): WhyNone {
  if (scheduler === 'none') return 'scheduler-none';
  const isEmpty = HASHING[scheduler];
  const looksFurther = scheduler !== 'dh' && (schedulerFlags & SCHEDULER_FLAG.flag1) !== 0;
  if (isEmpty !== undefined && !looksFurther && !isEmpty(candidates)) return 'chosen-unusable';
  return whyNone(candidates);
}

function routeOf(step: StepRecord, names: StepNames): Decision {
  const to = server(step, familyOfNumber(step.serverFamily)).address;
  if (step.index === 0) return { kind: 'route', to, interface: undefined, nextHop: undefined, mtu: undefined };
  if (step.index === LOOPBACK) return { kind: 'route', to, interface: 'lo', nextHop: undefined, mtu: undefined };
  const out = names.interface(step.index);
  return {
    kind: 'route',
    to,
    interface: out?.name,
    nextHop: virtual(step).address,
    // The kernel tells the MTU of a route only with a neighbour whose address it knows.
    mtu: step.value || out?.mtu,
  };
}

function rewriteOf(step: StepRecord): Decision {
  const to = server(step, familyOfNumber(step.serverFamily));
  const text = (end: DestinationId, hasPort: number): string =>
    step.other & hasPort ? endpointText(end) : end.address;
  return {
    kind: 'rewrite',
    field: FIELDS[step.value] ?? 'destination',
    from: text(client(step), FROM_HAS_PORT),
    to: text(to, TO_HAS_PORT),
  };
}
