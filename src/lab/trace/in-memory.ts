import type { SimEvent } from '../../sim/event.ts';
import { parseFrame } from '../../net/frame.ts';
import { hopWords } from '../hop-sentences.ts';
import { capturedFrames } from '../outcome.ts';
import { simulate } from '../simulate.ts';
import { withoutHabits, type Topology } from '../topology.ts';
import { worldOf } from '../walk-sentences.ts';
import type { Journey } from '../walk.ts';
import {
  arrowOf,
  endOf,
  followQuestion,
  withoutRepetition,
  type Question,
  type Trace,
  type TraceStep,
} from './trace.ts';

/** Microseconds that the client waits: until ARP has given up and everybody has been told. */
const PATIENCE = 4_000_000;

const KINDS: Partial<Record<SimEvent['kind'], TraceStep['kind']>> = {
  ask: 'arp',
  answer: 'arp',
  silence: 'arp',
  director: 'director',
  drop: 'drop',
  icmp: 'icmp',
  tunnel: 'tunnel',
};

/** Follows a connection through a topology in memory. */
export async function traceInMemory(topology: Topology, question: Question): Promise<Trace> {
  const network = await simulate(withoutHabits(topology));
  const { host, client, clientPort, address, port, protocol } = question;
  const from = { address: client, ...(clientPort === undefined ? {} : { port: clientPort }) };
  const result = network.request(host, { to: { address, port }, protocol, from, timeout: PATIENCE });
  const frames = capturedFrames(topology, network.frames);
  const { request, reply } = followQuestion(frames, question);
  const steps = stepsOf(network.events, topology, { request, reply });
  const delivered = result.kind === 'answer';
  const last = delivered ? undefined : steps.findLast(({ kind }) => kind === 'drop');
  return {
    topology,
    engine: 'sim',
    question,
    ...(request === undefined ? {} : { request }),
    ...(reply === undefined ? {} : { reply }),
    steps,
    end: endOf(result, last),
    unknown: [],
  };
}

interface Journeys {
  request: Journey | undefined;
  reply: Journey | undefined;
}

/** The events that concern the first packet and the answer to it, with a sentence for each of their hops. */
function stepsOf(events: readonly SimEvent[], topology: Topology, { request, reply }: Journeys): TraceStep[] {
  const hops = new Map([...hopsOf(request, topology), ...hopsOf(reply, topology)]);
  const last = reply?.sightings.at(-1);
  const end = last?.direction === 'in' ? Number(last.time / 1000n) : Number.POSITIVE_INFINITY;
  const steps: TraceStep[] = [];
  for (const event of events) {
    if (event.time > end) break;
    const hop = hops.get(placeOf(event));
    if (hop !== undefined) {
      steps.push(hop);
      hops.delete(placeOf(event));
    }
    const kind = KINDS[event.kind];
    if (kind !== undefined) steps.push(stepOf(event, kind));
  }
  return withoutRepetition(steps);
}

function hopsOf(journey: Journey | undefined, topology: Topology): [place: string, step: TraceStep][] {
  if (journey === undefined) return [];
  const world = worldOf(topology);
  const words = hopWords(journey, world);
  return journey.sightings.map((sighting, index) => {
    const { point, direction, time } = sighting;
    const before = journey.sightings[index - 1];
    const arrow = direction === 'in' && before?.direction === 'out' ? arrowOf(before.point.host, sighting) : undefined;
    const place = `${Number(time / 1000n)} ${point.host} ${point.nic} ${direction}`;
    const step: TraceStep = {
      kind: 'hop',
      host: point.host,
      nic: point.nic,
      text: words[index]!,
      ...(arrow && { arrow }),
    };
    return [place, step];
  });
}

function placeOf({ time, host = '', nic = '', kind }: SimEvent): string {
  return `${time} ${host} ${nic} ${kind === 'send' ? 'out' : 'in'}`;
}

function stepOf(
  { host = '', nic, text, decisions, kind: event, dropped, bytes }: SimEvent,
  kind: TraceStep['kind'],
): TraceStep {
  const isDrop = dropped !== undefined;
  const arp = event === 'ask' || event === 'answer' ? arpLabel(bytes) : undefined;
  return {
    kind: isDrop ? 'drop' : kind,
    host,
    text,
    ...(nic === undefined ? {} : { nic }),
    ...(decisions === undefined ? {} : { decisions }),
    ...(arp === undefined ? {} : { arrow: { from: host, to: host, label: arp } }),
  };
}

function arpLabel(bytes: Uint8Array | undefined): string | undefined {
  const arp = bytes && parseFrame(bytes).find('arp');
  if (arp === undefined) return undefined;
  return arp.operation === 1 ? `who has ${arp.targetIp}?` : `${arp.senderIp} is at ${arp.senderMac}`;
}
