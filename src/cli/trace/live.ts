import { WeirError } from '../../base/error.ts';
import type { Language, Words } from '../../base/words.ts';
import { connectDirector, type DirectorClient } from '../../daemon/client.ts';
import type { ExplainReply } from '../../daemon/wire.ts';
import { neighbourOn, routeTo } from '../../kernel/fib.ts';
import type { IpRoute } from '../../kernel/ip-json.ts';
import { endpointText, isMarkMatch, type Destination, type DestinationId } from '../../lvs/service.ts';
import { toHex } from '../../net/bytes.ts';
import { packet } from '../../net/packet.ts';
import { verdictText } from '../explain.ts';

export interface LiveQuestion {
  client: DestinationId;
  virtual: DestinationId;
  protocol: 'tcp' | 'udp';
}

/** The next hop towards an address, as the kernel of this host has it. */
export interface LiveWay {
  to: string;
  /** Absent where there is no route. */
  route: IpRoute | undefined;
  nextHop: string;
  mac: string | undefined;
  /** State of the neighbour; `NONE` where nobody has asked for it. */
  state: string;
}

/** The first packet of a connection at the running director: what is known, and what is not. */
export interface LiveTrace {
  question: LiveQuestion;
  /** Back to the client: the request comes in by the same way, if the network is symmetric. */
  client: LiveWay;
  /** Whether the VIP is an address of this host, so that it answers ARP for it. */
  holdsVip: boolean;
  /** Absent where the engine explains nothing. */
  verdict: ExplainReply | undefined;
  /** The real servers it may go to: the chosen one, or all of the service. */
  servers: LiveWay[];
  unknown: Words[];
}

/**
 * Follows the first packet of a connection through the running director: its own explanation, and the kernel's routes and neighbours.
 * @throws WeirError DAEMON_UNREACHABLE, TOOL_MISSING, KERNEL_CALL_FAILED
 */
export async function traceLive(socket: string, question: LiveQuestion): Promise<LiveTrace> {
  const director = await connectDirector(socket);
  const verdict = await explain(director, question);
  const chosen = verdict === undefined ? undefined : chosenServer(verdict);
  const all = await serversOf(director, question);
  const [sole] = all.filter(({ address }) => address === chosen);
  const asked = sole === undefined ? all : [sole];
  const [client, vip, ...servers] = await Promise.all([
    wayTo(question.client.address),
    routeTo(question.virtual.address),
    ...[...new Set(asked.map(({ address }) => address))].map(wayTo),
  ]);
  return {
    question,
    client,
    holdsVip: vip?.type === 'local',
    verdict,
    servers,
    unknown: unknownOf(verdict, servers, asked),
  };
}

async function explain(director: DirectorClient, question: LiveQuestion): Promise<ExplainReply | undefined> {
  try {
    return await director.explain({ packet: toHex(packetOf(question)) });
  } catch (error) {
    if (error instanceof WeirError && error.code === 'ENGINE_UNSUPPORTED') return undefined;
    throw error;
  }
}

function packetOf({ client, virtual, protocol }: LiveQuestion): Uint8Array {
  const ports = { source: client.port, destination: virtual.port };
  const ip = { source: client.address, destination: virtual.address };
  return packet(protocol === 'udp' ? { ip, udp: ports } : { ip, tcp: { ...ports, flags: 'S' } });
}

/** Where the director would send it: what it chose, or what an existing connection has. */
function chosenServer({ decisions }: ExplainReply): string | undefined {
  for (const decision of decisions.toReversed()) {
    if (decision.kind === 'route') return decision.to;
  }
  return undefined;
}

async function serversOf(director: DirectorClient, { virtual, protocol }: LiveQuestion): Promise<Destination[]> {
  const { services } = await director.table();
  const own = services.filter(
    ({ match }) =>
      isMarkMatch(match) ||
      (match.protocol === protocol && match.address === virtual.address && [0, virtual.port].includes(match.port)),
  );
  return own.flatMap(({ destinations }) => destinations);
}

async function wayTo(address: string): Promise<LiveWay> {
  const route = await routeTo(address);
  const nextHop = route?.via ?? address;
  const neighbour =
    route?.dev === undefined || route.type === 'local' ? undefined : await neighbourOn(route.dev, nextHop);
  return { to: address, route, nextHop, mac: neighbour?.mac, state: neighbour?.state ?? 'NONE' };
}

/** What nobody on this host can know. */
function unknownOf(
  verdict: ExplainReply | undefined,
  servers: readonly LiveWay[],
  asked: readonly Destination[],
): Words[] {
  const direct = asked.some(({ method }) => method === 'route' || method === 'tunnel');
  const unresolved = servers.some(
    ({ route, mac }) => route !== undefined && route.type !== 'local' && mac === undefined,
  );
  return [
    ...(verdict === undefined ? [UNKNOWN.decisions] : []),
    UNKNOWN.outside,
    ...(unresolved ? [UNKNOWN.neighbour] : []),
    direct ? UNKNOWN.directReply : UNKNOWN.reply,
    ...(verdict?.decisions.some(({ kind }) => kind === 'choice') === true ? [UNKNOWN.others] : []),
  ];
}

const UNKNOWN = {
  decisions: {
    en: 'what the director would decide: its engine explains nothing, so all real servers of the service are shown',
    zh: '调度器会怎样决定：它的引擎不作解释，所以列出这个服务的全部真实服务器',
  },
  outside: {
    en: 'whether the request arrives here, and by which interface: that is for the routers and switches before this host (weir capture shows it)',
    zh: '请求是否到得了这里、从哪块网卡进来：由前面的路由器和交换机决定（weir capture 可以看到）',
  },
  neighbour: {
    en: 'whether the next hop without a MAC address is there: nobody has asked for it lately, the first packet will',
    zh: '没有 MAC 地址的下一跳在不在：最近没有人问过它，第一个报文会去问',
  },
  reply: {
    en: 'whether the real server listens and answers by way of this director (weir doctor tries it)',
    zh: '真实服务器是否在监听、应答是否经过这台调度器（weir doctor 会去试）',
  },
  directReply: {
    en: 'whether the real server holds the VIP and listens, and by which way it answers: the reply does not pass this host (weir doctor tries it)',
    zh: '真实服务器上有没有 VIP、是否在监听、应答走哪条路：应答不经过本机（weir doctor 会去试）',
  },
  others: {
    en: 'which connections others open before this one: the choice is that of this moment',
    zh: '在它之前别人会打开哪些连接：选择只代表此刻',
  },
} as const satisfies Record<string, Words>;

const TITLES = {
  client: { en: 'The client', zh: '客户端' },
  vip: { en: 'The VIP', zh: 'VIP' },
  director: { en: 'The director:', zh: '调度器：' },
  servers: { en: 'The real server', zh: '真实服务器' },
  unknown: { en: 'Not known: ', zh: '无从得知：' },
  holds: { en: 'is an address of this host, which answers for it', zh: '是本机的地址，由本机应答' },
  lacks: {
    en: 'is no address of this host: a router has to send its packets here',
    zh: '不是本机的地址：要由路由器把报文送来',
  },
} as const satisfies Record<string, Words>;

/** The trace for a terminal. */
export function liveTraceText(
  { question, client, holdsVip, verdict, servers, unknown }: LiveTrace,
  language: Language,
): string {
  const { address } = question.virtual;
  return [
    `${TITLES.client[language]} ${wayText(client, language)}`,
    `${TITLES.vip[language]} ${address} ${(holdsVip ? TITLES.holds : TITLES.lacks)[language]}`,
    ...(verdict === undefined ? [] : [TITLES.director[language], verdictText(verdict, language).trimEnd()]),
    ...servers.map((way) => `${TITLES.servers[language]} ${wayText(way, language)}`),
    ...unknown.map((words) => `${TITLES.unknown[language]}${words[language]}`),
    '',
  ].join('\n');
}

function wayText({ to, route, nextHop, mac, state }: LiveWay, language: Language): string {
  const english = language === 'en';
  if (route === undefined) return english ? `${to}: the kernel has no route to it` : `${to}：内核没有到它的路由`;
  if (route.type === 'local') return english ? `${to} is this host itself` : `${to} 就是本机`;
  const dev = route.dev ?? '?';
  const via = nextHop === to ? '' : english ? ` via ${nextHop}` : `，经 ${nextHop}`;
  if (mac === undefined) {
    return english ? `${to}: by ${dev}${via}, MAC unknown (${state})` : `${to}：从 ${dev}${via}，MAC 未知（${state}）`;
  }
  return english ? `${to}: by ${dev}${via}, at ${mac} (${state})` : `${to}：从 ${dev}${via}，在 ${mac}（${state}）`;
}

/** A connection as the question of a live trace. */
export function liveQuestion(
  client: { address: string; port: number | undefined },
  virtual: { address: string; port: number | undefined },
  protocol: 'tcp' | 'udp',
): LiveQuestion {
  if (virtual.port === undefined) {
    throw new WeirError('USAGE', `${endpointText({ address: virtual.address, port: 0 })} has no port`, {
      expected: 'VIP:port',
    });
  }
  return {
    client: { address: client.address, port: client.port ?? CLIENT_PORT },
    virtual: { address: virtual.address, port: virtual.port },
    protocol,
  };
}

/** The port of a client that names none. */
const CLIENT_PORT = 40_000;
