import { connectionText, newConnection, type LiveConnection, type NewConnection } from './connection.ts';
import type { PacketFlow } from './flow.ts';
import { decide, type Handling } from './handling.ts';
import { closeConnection, control, openConnection, touch } from './lifecycle.ts';
import type { LiveDestination, LiveService } from './live.ts';
import { isIcmp, type Packet } from './packet.ts';
import { isTemplateGood, isToOwnPort, keepsPort, templateKeyOf, type TemplateKey } from './persistence.ts';
import type { Reason } from './reason.ts';
import type { Candidate, PacketFacts } from './schedulers/scheduler.ts';
import { FTP_DATA_PORT } from './service-lookup.ts';
import { endpointText, isMarkMatch, isTranslating, type DestinationId, type Protocol } from './service.ts';
import type { State } from './state.ts';
import { isStateless } from './stateless.ts';
import { countConnection } from './tallying.ts';
import type { CandidateView } from './verdict.ts';

/**
 * A new connection, in the table or for want of room in none, or why there is none: pass the packet, drop it, or do what is done
 * when nobody can serve it.
 */
export type Scheduled =
  | { kind: 'connection'; connection: LiveConnection }
  | { kind: 'stateless'; connection: LiveConnection }
  | { kind: 'pass'; reason: Reason }
  | { kind: 'drop'; reason: Reason }
  | { kind: 'nobody' };

/** A packet that is to be scheduled. */
export interface ScheduleRequest {
  service: LiveService;
  flow: PacketFlow;
  packet: Packet;
  /**
   * It starts no connection, but may belong to one that had no room in the table; see `mayResume`. `quote`: an ICMP error is about such a
   * packet, which is not put into the table now, either.
   */
  resumes?: 'itself' | 'quote' | undefined;
}

/** Chooses a destination for a packet that starts a connection, and makes the connection (ip_vs_schedule). */
export function schedule(state: State, handling: Handling, request: ScheduleRequest): Scheduled {
  const { service, flow, packet } = request;
  if (flow.sourcePort === FTP_DATA_PORT) return { kind: 'pass', reason: 'source-port-20' };
  const scheduled =
    service.config.persistence === undefined
      ? scheduleAlone(state, handling, request)
      : schedulePersistently(state, handling, service, flow, packet);
  if (scheduled.kind === 'connection') countConnection(scheduled.connection);
  return scheduled;
}

function scheduleAlone(state: State, handling: Handling, request: ScheduleRequest): Scheduled {
  const { service, flow, resumes } = request;
  const { match } = service.config;
  // Only persistent services balance ports that are not their own.
  if (!isMarkMatch(match) && match.port !== flow.destinationPort) return { kind: 'nobody' };
  const destination = choose(handling, service, factsOf(request));
  if (destination === undefined) return { kind: 'nobody' };
  if (resumes !== undefined && isTranslating(destination.config.method)) {
    return { kind: 'pass', reason: resumes === 'quote' ? 'icmp-unrelated' : 'not-syn' };
  }
  const port = destination.port || flow.destinationPort;
  return connect(state, handling, { ...request, destination, port });
}

/**
 * The connection of a packet with which a server starts by itself: to the client as from the service, through the template
 * that the persistence engine finds, or a new one to this very server (ip_vs_new_conn_out).
 * @param flow as the client would send it
 */
export function scheduleFromServer(
  state: State,
  handling: Handling,
  request: { service: LiveService; flow: PacketFlow; packet: Packet; destination: LiveDestination },
): Scheduled {
  const { service, flow, packet, destination } = request;
  const scheduled = schedulePersistently(state, handling, service, flow, packet, destination);
  if (scheduled.kind === 'connection') countConnection(scheduled.connection);
  return scheduled;
}

function schedulePersistently(
  state: State,
  handling: Handling,
  service: LiveService,
  flow: PacketFlow,
  packet: Packet,
  wanted?: LiveDestination,
): Scheduled {
  const key = templateKeyOf(service, flow, packet);
  if (key === undefined) return { kind: 'drop', reason: 'no-persistence-key' };
  const template =
    knownTemplate(state, handling, key, wanted) ?? newTemplate(state, handling, { service, flow, packet, key }, wanted);
  if (template === undefined) return { kind: 'nobody' };
  if (wanted !== undefined && !service.config.onePacket) giveUpPort(state, flow);
  const destination = template.destination!;
  const port = isToOwnPort(service, flow) && destination.port !== 0 ? destination.port : flow.destinationPort;
  const scheduled = connect(state, handling, { service, flow, packet, destination, port });
  if (scheduled.kind === 'connection') control(scheduled.connection, template);
  touch(state, template);
  return scheduled;
}

/** Of two servers that call a client's port the last has it; the kernel lets the other's connection run out unseen. */
function giveUpPort(state: State, flow: PacketFlow): void {
  const before = state.connections.findRequest(flow);
  if (before !== undefined) closeConnection(state, before);
}

function knownTemplate(
  state: State,
  handling: Handling,
  key: TemplateKey,
  wanted: LiveDestination | undefined,
): LiveConnection | undefined {
  const template = state.connections.findTemplate(key, key.engine);
  if (template === undefined) return undefined;
  const text = connectionText(template);
  const good = isTemplateGood(state, template, wanted);
  decide(handling, { kind: 'template', template: text, outcome: good ? 'used' : 'invalidated' });
  return good ? template : undefined;
}

interface TemplateRequest {
  service: LiveService;
  flow: PacketFlow;
  packet: Packet;
  key: TemplateKey;
}

function newTemplate(
  state: State,
  handling: Handling,
  { service, flow, packet, key }: TemplateRequest,
  wanted: LiveDestination | undefined,
): LiveConnection | undefined {
  const destination = wanted ?? choose(handling, service, factsOf({ flow, packet }));
  if (destination === undefined) return undefined;
  const template = openConnection(state, {
    ...key,
    family: service.family,
    server: destination.address,
    serverPort: keepsPort(service, flow) ? destination.port : 0,
    method: destination.config.method,
    destination,
    template: true,
    mark: packet.mark,
  })!;
  template.timeout = (service.config.persistence?.timeout ?? 0) * 1000;
  decide(handling, { kind: 'template', template: connectionText(template), outcome: 'created' });
  return template;
}

/** A destination as a scheduler sees it. */
export function candidateView(candidate: Candidate): CandidateView {
  const { address, port, weight, active, inactive, overloaded } = candidate;
  return {
    address,
    port,
    weight,
    active,
    inactive,
    ...(weight === 0 ? { passedOver: 'weight-zero' } : overloaded ? { passedOver: 'overloaded' } : {}),
  };
}

/**
 * What schedulers are shown: of an ICMP error that starts a connection the addresses as it quotes them, so that to those which go by the
 * destination the client is that; those which go by the source know better (ip_vs_iph_inverse).
 */
function factsOf({ flow, packet, resumes }: Pick<ScheduleRequest, 'flow' | 'packet' | 'resumes'>): PacketFacts {
  return isIcmp(packet) && resumes === undefined ? { ...flow, destination: flow.source } : flow;
}

/** Asks the scheduler, and records what it saw. */
function choose(handling: Handling, service: LiveService, flow: PacketFacts): LiveDestination | undefined {
  const { destinations, scheduler, config } = service;
  decide(handling, {
    kind: 'candidates',
    scheduler: config.scheduler,
    candidates: destinations.map(candidateView),
  });
  const choice = scheduler?.schedule(destinations, flow) ?? { why: 'scheduler-none' };
  if (choice.destination === undefined) {
    decide(handling, { kind: 'no-choice', why: choice.why });
    return undefined;
  }
  decide(handling, { kind: 'choice', destination: endpointText(choice.destination) });
  return choice.destination;
}

interface ConnectionRequest extends ScheduleRequest {
  destination: LiveDestination;
  port: number;
}

function connect(state: State, handling: Handling, request: ConnectionRequest): Scheduled {
  const { service, flow, packet, resumes, destination, port } = request;
  const { method } = destination.config;
  const source = method === 'full-nat' ? sourceFor(state, handling, request) : undefined;
  if (method === 'full-nat' && source === undefined) return { kind: 'drop', reason: 'no-source-port' };
  const given: NewConnection = {
    protocol: flow.protocol satisfies Protocol,
    family: service.family,
    client: flow.source,
    clientPort: flow.sourcePort,
    virtual: flow.destination,
    virtualPort: flow.destinationPort,
    server: destination.address,
    serverPort: port,
    method,
    destination,
    ...(source === undefined ? {} : { source }),
    onePacket: service.config.onePacket && flow.protocol === 'udp',
    mark: packet.mark,
  };
  const connection = resumes === 'quote' ? undefined : openConnection(state, given);
  if (connection !== undefined) return { kind: 'connection', connection };
  if (isStateless(service) && !isTranslating(method)) return { kind: 'stateless', connection: newConnection(given) };
  return { kind: 'drop', reason: 'table-full' };
}

/** A source that no other connection to this real server has, so that its replies are told apart. */
function sourceFor(
  { connections, sources }: State,
  handling: Handling,
  { flow, destination, port }: ConnectionRequest,
): DestinationId | undefined {
  const from = { protocol: flow.protocol, source: destination.address, sourcePort: port };
  const source = sources.allocate(
    flow,
    (one) => connections.findReply({ ...from, destination: one.address, destinationPort: one.port }) === undefined,
  );
  decide(handling, { kind: 'source', source: source && endpointText(source) });
  return source;
}
