import type { Language, Words } from '../../base/words.ts';
import { loadFault } from '../../lab/fault.ts';
import { capturedFrames, outcomeOf, resultWords, type RequestOutcome } from '../../lab/outcome.ts';
import { simulate } from '../../lab/simulate.ts';
import { hostOfRole, withoutHabits, type Topology } from '../../lab/topology.ts';
import { COUNTERS, type Counter } from '../../sim/counters.ts';
import type { Network } from '../../sim/network.ts';
import { print, printJson } from '../terminal/output.ts';

/** As many as show that real servers take turns, or that a fault concerns some of them only. */
const REQUESTS = 4;
/** Microseconds that the client waits, until ARP has given up, and rests after a request. */
const PATIENCE = 4_000_000;
const REST = 500_000;

const WORDS = {
  intro: {
    en: 'In memory: it lasts as long as this command. {client} asks {count} times, and sees:',
    zh: '在内存里，命令结束它就没有了。{client} 请求 {count} 次，看到：',
  },
  arp: { en: 'The VIP is answered for by:', zh: '替 VIP 回答的主机：' },
  nobody: { en: 'nobody', zh: '没有' },
  request: { en: 'The way of the first request:', zh: '第一个请求走过：' },
  reply: { en: 'The way of the reply to it:', zh: '它的回应走过：' },
  counters: { en: 'Counters that moved:', zh: '变动了的计数器：' },
  drops: { en: 'Packets ended here:', zh: '报文断在这里：' },
} as const satisfies Record<string, Words>;

export interface MemoryLabOptions {
  faults: readonly string[];
  json: boolean;
  lang: Language;
}

/** `weir lab up --engine sim`: the topology in memory, a few requests, and what came of them in the terms of a lab of namespaces. */
export async function upInMemory(topology: Topology, { faults, json, lang }: MemoryLabOptions): Promise<void> {
  const network = await simulate(withoutHabits(topology));
  const uploads = await Promise.all(faults.map(async (id) => (await loadFault(id)).upload ?? 0));
  const asked = Array.from({ length: REQUESTS }, () => ask(network, topology, Math.max(0, ...uploads)));
  if (json) return await printJson({ topology: topology.name, requests: asked.map(({ outcome }) => outcome) });
  await print(`${topology.picture}\n\n${report(topology, network, asked, lang).join('\n')}\n`);
}

interface Asked {
  outcome: RequestOutcome;
  sees: Words;
}

function ask(network: Network, topology: Topology, upload: number): Asked {
  const [before, first] = [countersOf(network), network.frames.length];
  const client = hostOfRole(topology, 'client');
  const result = network.request(client, { to: topology.service, protocol: 'tcp', upload, timeout: PATIENCE });
  network.wait(REST);
  const after = countersOf(network);
  const moved = Object.entries(after).map(([host, counts]) => {
    return [host, COUNTERS.filter((name) => counts[name] > (before[host]?.[name] ?? 0))] as const;
  });
  const frames = capturedFrames(topology, network.frames.slice(first));
  const outcome = outcomeOf({ topology, result, frames, counters: Object.fromEntries(moved) });
  return { outcome, sees: resultWords(result) };
}

function countersOf({ hosts }: Network): Record<string, Record<Counter, number>> {
  return Object.fromEntries(
    [...hosts].map(([name, { counters }]) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key for each counter
      return [name, Object.fromEntries(COUNTERS.map((one) => [one, counters.get(one)])) as Record<Counter, number>];
    }),
  );
}

function report(topology: Topology, network: Network, asked: readonly Asked[], language: Language): string[] {
  const outcomes = asked.map(({ outcome }) => outcome);
  const [first] = outcomes;
  const answerers = [...new Set(outcomes.flatMap(({ vipAnsweredBy }) => vipAnsweredBy))];
  const counters = new Set(
    outcomes.flatMap(({ counters: moved }) =>
      Object.entries(moved).flatMap(([host, names]) => names.map((name) => `${host} ${name}`)),
    ),
  );
  const drops = network.events.flatMap(({ dropped, text }) => (dropped === undefined ? [] : [text[language]]));
  const intro = WORDS.intro[language]
    .replace('{client}', hostOfRole(topology, 'client'))
    .replace('{count}', String(outcomes.length));
  const list = (title: Words, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title[language], ...lines.map((line) => `  ${line}`)];
  const way = (title: Words, places: readonly string[]): string[] =>
    places.length === 0 ? [] : list(title, [places.join(' > ')]);
  return [
    intro,
    ...asked.map(({ sees }) => `  ${sees[language]}`),
    ...list(WORDS.arp, answerers.length === 0 ? [WORDS.nobody[language]] : answerers),
    ...way(WORDS.request, first?.request ?? []),
    ...way(WORDS.reply, first?.reply ?? []),
    ...list(WORDS.counters, [...counters].sort()),
    ...list(WORDS.drops, [...new Set(drops)]),
  ];
}
