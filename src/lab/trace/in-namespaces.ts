import { connectDirector } from '../../daemon/client.ts';
import { ARP_OPERATION } from '../../net/arp.ts';
import { parseFrame } from '../../net/frame.ts';
import type { Words } from '../../base/words.ts';
import { COUNTERS, type Counter } from '../../sim/counters.ts';
import { counterOf, DROPS, type DropReason } from '../../sim/drops.ts';
import { REASONS_ZH } from '../../lvs/reasons-zh.ts';
import { classOf, REASONS, type Reason } from '../../lvs/reason.ts';
import { buildLab } from '../builder.ts';
import { hopWords } from '../hop-sentences.ts';
import type { Lab } from '../lab.ts';
import { readCounters, requestInLab } from '../request.ts';
import { withoutHabits, type Topology } from '../topology.ts';
import { worldOf } from '../walk-sentences.ts';
import type { CapturedFrame, Journey } from '../walk.ts';
import {
  arrowOf,
  endOf,
  followQuestion,
  withoutRepetition,
  type Question,
  type Trace,
  type TraceStep,
} from './trace.ts';

/** Seconds that the client waits: until ARP has given up. */
const PATIENCE = 4;
/** Milliseconds for the last frames to be written down. */
const SETTLE = 100;

/** Follows a connection through a lab of namespaces that is built for it and removed: real frames, real counters. */
export async function traceInNamespaces(topology: Topology, question: Question, signal?: AbortSignal): Promise<Trace> {
  const lab = await buildLab(withoutHabits(topology), { rules: true, ...(signal === undefined ? {} : { signal }) });
  try {
    return await follow(lab, question);
  } finally {
    await lab.down();
  }
}

async function follow(lab: Lab, question: Question): Promise<Trace> {
  const { topology } = lab;
  const { address, port, client, clientPort } = question;
  const before = await snapshot(lab);
  const capture = await lab.capture(`arp or icmp or icmp6 or ip proto 4 or port ${port} or net ${question.client}`);
  let frames: CapturedFrame[];
  const options = {
    to: { address, port },
    from: { address: client, ...(clientPort === undefined ? {} : { port: clientPort }) },
  };
  const result = await requestInLab(lab, question.host, PATIENCE, options);
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
  } finally {
    frames = await capture.stop();
  }
  const { request, reply } = followQuestion(frames, question);
  const drops = dropsOf(before, await snapshot(lab), lab.director);
  const delivered = result.kind === 'answer';
  const last = delivered ? undefined : drops.at(-1);
  return {
    topology,
    engine: 'netns',
    question,
    ...(request === undefined ? {} : { request }),
    ...(reply === undefined ? {} : { reply }),
    steps: [...seenSteps(frames, topology, { request, reply }), ...(delivered ? [] : drops)],
    end: endOf(result, last),
    unknown: [NO_DECISIONS, ...(delivered || last !== undefined ? [] : [SILENT])],
  };
}

const NO_DECISIONS: Words = {
  en: 'what the director decided step by step: the loaded programs count, they do not tell (--engine sim shows it)',
  zh: '调度器逐步作了哪些决定：装载的程序只计数，不说明（用 --engine sim 可以看到）',
};

const SILENT: Words = {
  en: 'why the packet ended: no counter has moved. Linux counts neither martians (sources that nothing outside may have) nor what a firewall drops',
  zh: '报文为什么到此为止：没有计数器变动。Linux 对 martian（外面不可能有的源地址）和防火墙丢弃的包都不计数',
};

interface Snapshot {
  counters: Record<string, Record<Counter, number>>;
  reasons: Map<string, bigint>;
}

async function snapshot(lab: Lab): Promise<Snapshot> {
  const hosts = Object.keys(lab.topology.hosts);
  const read = hosts.map((host) => readCounters(lab, host));
  const { reasons } = await (await connectDirector(lab.socket)).status();
  return {
    counters: Object.fromEntries(hosts.map((host, index) => [host, read[index]!])),
    reasons: new Map(reasons.map(({ reason, packets }) => [reason, packets])),
  };
}

/** Where packets ended, told from counters: those of the stack of each host, and those of the director. */
function dropsOf(before: Snapshot, after: Snapshot, director: string): TraceStep[] {
  const stack = Object.keys(after.counters).flatMap((host) =>
    COUNTERS.filter((name) => after.counters[host]![name] > before.counters[host]![name]).flatMap((counter) =>
      reasonsOf(counter).map((reason): TraceStep => {
        const { en, zh } = DROPS[reason];
        return {
          kind: 'drop',
          host,
          text: { en: `${host} drops packets (${counter}): ${en}.`, zh: `${host} 丢弃了报文（${counter}）：${zh}。` },
        };
      }),
    ),
  );
  const own = [...after.reasons].flatMap(([reason, packets]): TraceStep[] => {
    if (!isReason(reason) || classOf(reason) !== 'drop' || packets <= (before.reasons.get(reason) ?? 0n)) return [];
    const text = { en: `${director}: ${REASONS[reason].text}`, zh: `${director}：${REASONS_ZH[reason]}` };
    return [{ kind: 'drop', host: director, text }];
  });
  return [...stack, ...own];
}

/** The first reason that a counter stands for. */
function reasonsOf(counter: Counter): DropReason[] {
  const reasons: DropReason[] = Object.keys(DROPS).filter(isDropReason);
  return reasons
    .filter((reason) => counterOf(reason, 'inet') === counter || counterOf(reason, 'inet6') === counter)
    .slice(0, 1);
}

function isDropReason(name: string): name is DropReason {
  return Object.hasOwn(DROPS, name);
}

function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}

/** ARP, and a sentence for each hop of the first packet and the answer, in the order of time. */
function seenSteps(
  frames: readonly CapturedFrame[],
  topology: Topology,
  { request, reply }: { request: Journey | undefined; reply: Journey | undefined },
): TraceStep[] {
  const world = worldOf(topology);
  const hops = [request, reply].flatMap((journey) => {
    if (journey === undefined) return [];
    const words = hopWords(journey, world);
    return journey.sightings.map((sighting, index) => {
      const { point, direction, time } = sighting;
      const from = journey.sightings[index - 1]?.point.host;
      const arrow = direction === 'in' && from !== undefined ? arrowOf(from, sighting) : undefined;
      const step: TraceStep = {
        kind: 'hop',
        host: point.host,
        nic: point.nic,
        text: words[index]!,
        ...(arrow && { arrow }),
      };
      return { time, step };
    });
  });
  const last = reply?.sightings.at(-1)?.time ?? frames.at(-1)?.time ?? 0n;
  const arp = frames.flatMap((frame) => arpStep(frame)).filter(({ time }) => time <= last);
  const all = [...hops, ...arp].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return withoutRepetition(all.map(({ step }) => step));
}

/** An ARP packet as its sender's step; where it arrives it is not told again. */
function arpStep({ point, time, bytes }: CapturedFrame): { time: bigint; step: TraceStep }[] {
  const arp = parseFrame(bytes).find('arp');
  if (arp === undefined || arp.senderMac !== point.mac) return [];
  const { host, nic } = point;
  const asks = arp.operation === ARP_OPERATION.request;
  const text = asks
    ? {
        en: `${host} asks: who has ${arp.targetIp}? Tell ${arp.senderIp}.`,
        zh: `${host} 询问：谁是 ${arp.targetIp}？请告诉 ${arp.senderIp}。`,
      }
    : {
        en: `${host} answers at ${nic}: ${arp.senderIp} is at ${arp.senderMac}.`,
        zh: `${host} 在 ${nic} 上回答：${arp.senderIp} 在 ${arp.senderMac}。`,
      };
  const label = asks ? `who has ${arp.targetIp}?` : `${arp.senderIp} is at ${arp.senderMac}`;
  return [{ time, step: { kind: 'arp', host, nic, arrow: { from: host, to: host, label }, text } }];
}
