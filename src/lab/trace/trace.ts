import type { Words } from '../../base/words.ts';
import { endpointText } from '../../lvs/service.ts';
import type { Decision } from '../../lvs/verdict.ts';
import type { Result } from '../../sim/programs.ts';
import type { Topology } from '../topology.ts';
import { journeys, type CapturedFrame, type Journey, type Sighting } from '../walk.ts';

/** Who asks whom. */
export interface Question {
  /** Host of the topology, and the address and port it asks from. */
  host: string;
  client: string;
  clientPort?: number;
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/** One connection on its way through a network, as far as it came. */
export interface Trace {
  topology: Topology;
  /** In memory, or in namespaces. */
  engine: 'sim' | 'netns';
  question: Question;
  /** The first packet of the connection, and the answer to it; absent where nothing was sent. */
  request?: Journey;
  reply?: Journey;
  /** Everything worth telling, in order. */
  steps: TraceStep[];
  end: TraceEnd;
  /** What could not be known this way. */
  unknown: Words[];
}

export interface TraceStep {
  kind: 'hop' | 'arp' | 'director' | 'drop' | 'icmp' | 'tunnel';
  host: string;
  nic?: string;
  /** The frame, where the step is one: from and to which host. */
  arrow?: Arrow;
  text: Words;
  /** What the director looked up and decided, in order. */
  decisions?: readonly Decision[];
}

export interface Arrow {
  from: string;
  to: string;
  /** `S 10.1.1.100:32768 > 1.1.1.130:80` of a frame; what is asked or answered by ARP. */
  label: string;
  /** MAC addresses, TTL and the tunnel around it. */
  detail?: string;
}

/** The arrow of a frame that came in at a host. */
export function arrowOf(from: string, { point, fields }: Sighting): Arrow {
  const { flags, sip, sp, dip, dp, smac, dmac, ttl, outer } = fields;
  const [source, destination] = [endpointText({ address: sip, port: sp }), endpointText({ address: dip, port: dp })];
  return {
    from,
    to: point.host,
    label: `${flags || 'UDP'} ${source} > ${destination}`,
    detail: `${smac} > ${dmac}, TTL ${ttl}${outer === '' ? '' : `, in ${outer}`}`,
  };
}

export interface TraceEnd {
  delivered: boolean;
  /** What the client sees. */
  result: Result;
  /** Where the last packet ended, and why, where something was dropped. */
  dropped?: { host: string; text: Words };
}

/** @param last the step at which something was dropped last, if that is why nothing was answered */
export function endOf(result: Result, last: Pick<TraceStep, 'host' | 'text'> | undefined): TraceEnd {
  const end = { delivered: result.kind === 'answer', result };
  return last === undefined ? end : { ...end, dropped: { host: last.host, text: last.text } };
}

/** Finds the first packet to an address and port, and the answer to it: what goes back where the packet came in last. */
export function followQuestion(
  frames: readonly CapturedFrame[],
  { host, address, port }: Question,
): { request?: Journey; reply?: Journey } {
  const all = journeys(frames);
  const request = all.find(({ sightings: [first] }) => {
    return (
      first?.point.host === host &&
      first.direction === 'out' &&
      first.fields.dip === address &&
      first.fields.dp === port
    );
  });
  const last = request?.sightings.at(-1);
  if (request === undefined || last === undefined) return {};
  const reply = all.find(({ sightings: [first] }) => {
    if (first === undefined || first.time < last.time || first.direction !== 'out') return false;
    const { fields } = first;
    const back = fields.sip === last.fields.dip && fields.sp === last.fields.dp;
    return back && fields.dip === last.fields.sip && fields.dp === last.fields.sp;
  });
  return { request, ...(reply === undefined ? {} : { reply }) };
}

/** A sentence that is told once for several times. */
function counted({ en, zh }: Words, times: number): Words {
  return { en: en.replace(/\.?$/, ` (${times} times)$&`), zh: zh.replace(/。?$/u, `（${times} 次）$&`) };
}

/** Equal steps (a question asked three times) as one, with their number. A hop is none of them: a packet may come by twice. */
export function withoutRepetition(steps: readonly TraceStep[]): TraceStep[] {
  const seen = new Map<string, { step: TraceStep; times: number }>();
  for (const [place, step] of steps.entries()) {
    const key = step.kind === 'hop' ? `hop ${place}` : `${step.kind} ${step.host} ${step.text.en}`;
    const known = seen.get(key);
    if (known === undefined) seen.set(key, { step, times: 1 });
    else known.times++;
  }
  return [...seen.values()].map(({ step, times }) =>
    times === 1 ? step : { ...step, text: counted(step.text, times) },
  );
}
