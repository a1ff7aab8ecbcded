import { endpointText } from '../lvs/service.ts';
import type { CandidateView, Decision } from '../lvs/verdict.ts';

/** A decision of the director as a line for people. */
export function decisionText(decision: Decision): string {
  switch (decision.kind) {
    case 'reassembled':
      return `${decision.fragments} fragments make a packet of ${decision.bytes} bytes`;
    case 'service':
      return decision.service === undefined ? 'no virtual service matches' : `virtual service: ${decision.service}`;
    case 'connection':
      return connectionText(decision);
    case 'expired':
      return `connection ${decision.connection} ends: ${EXPIRED[decision.because]}`;
    case 'template':
      return `persistence template ${decision.outcome}: ${decision.template}`;
    case 'candidates':
      return [`candidates of ${decision.scheduler}, in walk order:`, ...decision.candidates.map(candidateText)].join(
        '\n',
      );
    case 'choice':
      return `choice: ${decision.destination}`;
    case 'no-choice':
      return `no choice: ${NO_CHOICE[decision.why]}`;
    case 'source':
      return decision.source === undefined ? 'source: none is free' : `source: ${decision.source}`;
    case 'state':
      return `state: ${decision.from} becomes ${decision.to}`;
    case 'route':
      return routeText(decision);
    case 'rewrite':
      return `${decision.field.replace('-', ' ')}: ${decision.from} becomes ${decision.to}`;
    case 'answer':
      return `answer to ${decision.to}: ${decision.what}`;
  }
}

const EXPIRED = {
  reused: 'the client uses its port for a new one',
  quiesced: 'its real server has weight 0',
  'destination-gone': 'its real server has been deleted',
} as const satisfies Record<Extract<Decision, { kind: 'expired' }>['because'], string>;

const NO_CHOICE = {
  'no-destination': 'the service has no real server',
  'all-weights-zero': 'every real server has weight 0',
  'all-overloaded': 'every real server has reached its upper threshold',
  'chosen-unusable': 'the real server that the hash leads to cannot take it',
  'scheduler-none': 'the scheduler none schedules nothing',
} as const satisfies Record<Extract<Decision, { kind: 'no-choice' }>['why'], string>;

const PASSED_OVER = { 'weight-zero': 'weight 0', overloaded: 'upper threshold reached' } as const;

function connectionText({ found, connection = '', state = '' }: Extract<Decision, { kind: 'connection' }>): string {
  if (found === 'none') return 'connection: none yet';
  return `${found === 'reply' ? 'reply of connection' : 'connection'}: ${connection}, ${state}`;
}

function candidateText(one: CandidateView): string {
  const why = one.passedOver === undefined ? '' : `, passed over: ${PASSED_OVER[one.passedOver]}`;
  return `  ${endpointText(one)}  weight ${one.weight}, active ${one.active}, inactive ${one.inactive}${why}`;
}

function routeText({ to, interface: out, nextHop, mtu }: Extract<Decision, { kind: 'route' }>): string {
  if (out === undefined) return `route to ${to}: none`;
  const via = nextHop === undefined || nextHop === to ? '' : ` via ${nextHop}`;
  return `route to ${to}: ${out}${via}${mtu === undefined ? '' : `, MTU ${mtu}`}`;
}
