import {
  EXPLANATION_SIZE,
  LOAD_SIZE,
  STEP_KIND,
  readExplanationRecord,
  readLoadRecord,
  type ExplanationRecord,
} from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { WeirError } from '../../../base/error.ts';
import { type Interface, findInterface, listInterfaces } from '../../../kernel/interfaces.ts';
import type { OwnAddresses } from '../../../kernel/own-addresses.ts';
import { testRun, type TestRunOutput } from '../../../kernel/test-run.ts';
import { type Packet, readPacket } from '../../../lvs/packet.ts';
import type { Candidate } from '../../../lvs/schedulers/scheduler.ts';
import { classOf, type Reason } from '../../../lvs/reason.ts';
import { familyOfMatch } from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';
import { updateOverload } from '../../../lvs/threshold.ts';
import type { OutgoingFrame, Verdict } from '../../../lvs/verdict.ts';
import { parseMac } from '../../../net/address.ts';
import { concatBytes } from '../../../net/bytes.ts';
import { ETHER_TYPE } from '../../../net/ether-type.ts';
import type { ExplainRequest } from '../../engine.ts';
import { hostSurroundings } from '../../host.ts';
import type { Attachments } from '../interfaces/attachments.ts';
import { type ExplainedService, decisionsOf } from './explanation.ts';
import { type ExplainingPrograms, loadExplaining } from '../programs/programs.ts';
import { destinationOf } from '../maps/records.ts';
import { reasonOf } from './reasons.ts';
import type { Registry, ServiceEntry } from '../maps/registry.ts';
import { schedulerNameOf } from '../maps/schedulers.ts';
import { type Tables, viewOf } from '../maps/tables.ts';

/** The kernel runs no program on less. */
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
/** struct __sk_buff, and where it says which interface a packet is on. */
const CONTEXT_SIZE = 192;
const CONTEXT_INTERFACE = 40;
const TC_ACT_REDIRECT = 7;
/** The longest packet that fragments make (bpf/fragment/pieces.h), and the headers of a tunnel around it. */
const ROOM = 16_384;
/** What the kernel takes for a test run is a page, without the room that it keeps for itself. */
export const LONGEST_EXPLAINED = 3_500;
/** Of struct leaving of bpf/fragment/cut.h: interface and length before the bytes. */
const LEAVING_HEADER = 8;

/** What the programs say of packets of a family without services. */
const OFF: ReadonlySet<Reason> = new Set<Reason>(['no-service', 'protocol', 'fragment']);

/** What tells by which interface a packet would come in. */
interface Host {
  ownAddresses: OwnAddresses;
  attachments: Attachments;
}

/**
 * Asks the loaded programs what they would do with a packet: a test run of those that explain, on the tables of the director, of
 * which nothing changes.
 */
export class Explainer {
  readonly #tables: Tables;
  readonly #registry: Registry;
  readonly #host: Host;
  #programs: Promise<ExplainingPrograms> | undefined;

  constructor(tables: Tables, registry: Registry, host: Host) {
    this.#tables = tables;
    this.#registry = registry;
    this.#host = host;
  }

  /**
   * @param request its interface, if absent, is the one that has the address from which this host would answer, `lo` for a packet of its
   * own; else the first of Weir's
   * @param services of the director's table
   * @throws WeirError INTERFACE_UNKNOWN; ENGINE_UNSUPPORTED for a packet that is too long; what loading the programs throws
   */
  async explain({ packet, interface: given }: ExplainRequest, services: readonly TableService[]): Promise<Verdict> {
    const read = readPacket(packet);
    const known = typeof read === 'string' ? undefined : read;
    const verdict = await this.#run(packet, given ?? this.#arrivalOf(known));
    // The programs do not tell a family without services from a packet of no service.
    const isOff =
      OFF.has(verdict.reason) &&
      known !== undefined &&
      !services.some(({ match }) => familyOfMatch(match) === known.family);
    return isOff ? { ...verdict, reason: 'balancing-off' } : verdict;
  }

  #arrivalOf(packet: Packet | undefined): string {
    const own = packet && this.#host.ownAddresses.towards(packet.source);
    if (own !== undefined && own === packet?.source) return 'lo';
    const found = Object.entries(hostSurroundings().interfaces).find(
      ([name, { addresses }]) =>
        name !== 'lo' && addresses.some((address) => own !== undefined && address.startsWith(`${own}/`)),
    );
    return found?.[0] ?? this.#host.attachments.list[0]?.interface.name ?? 'lo';
  }

  async #run(packet: Uint8Array, by: string): Promise<Verdict> {
    if (packet.length > LONGEST_EXPLAINED) {
      throw new WeirError('ENGINE_UNSUPPORTED', 'the eBPF engine does not explain packets of this length', {
        expected: `at most ${LONGEST_EXPLAINED} bytes`,
        found: `${packet.length} bytes`,
      });
    }
    if (packet.length < (isIpv6(packet) ? IPV6_HEADER : IPV4_HEADER))
      return { action: 'pass', reason: 'malformed', frames: [], decisions: [] };
    const interfaces = listInterfaces();
    const arrived = interfaces.find(({ name }) => name === by) ?? findInterface(by);
    const programs = await this.#loaded();
    // Not one await from here on: the packet and what is read of the tables meet one state of them.
    const context = Buffer.alloc(CONTEXT_SIZE);
    context.writeUInt32LE(arrived.index, CONTEXT_INTERFACE);
    programs.explanations.set(0, Buffer.alloc(EXPLANATION_SIZE));
    const output = testRun(programs.program, { data: frameOf(packet, arrived), context, room: ROOM });
    return this.#verdict(programs, output, new Map(interfaces.map((one) => [one.index, one])));
  }

  async close(): Promise<void> {
    const programs = await this.#programs?.catch(() => undefined);
    programs?.close();
  }

  /** The programs, loaded when the first packet is explained. */
  async #loaded(): Promise<ExplainingPrograms> {
    this.#programs ??= loadExplaining(this.#tables);
    try {
      return await this.#programs;
    } catch (error) {
      this.#programs = undefined;
      throw error;
    }
  }

  #verdict(
    { explanations, leaving }: ExplainingPrograms,
    output: TestRunOutput,
    interfaces: ReadonlyMap<number, Interface>,
  ): Verdict {
    const explanation = readExplanationRecord(viewOf(explanations.at(0)));
    const steps = explanation.steps.slice(0, explanation.count);
    const services = new Map([...this.#registry.services.values()].map((entry) => [entry.record.id, entry]));
    const reason = reasonOf(explanation.reason);
    const leaves = steps.find(({ kind }) => kind === STEP_KIND.LEAVES);
    const out = leaves && interfaces.get(leaves.index)?.name;
    return {
      action: classOf(reason),
      reason,
      frames:
        output.verdict === TC_ACT_REDIRECT && out !== undefined
          ? [{ interface: out, bytes: Uint8Array.from(output.data) }]
          : piecesOf(leaving, explanation.pieces, interfaces),
      decisions: decisionsOf(steps, {
        service: (id) => {
          const entry = services.get(id);
          return entry && this.#service(entry, explanation);
        },
        destination: (index) => this.#registry.records.get(index),
        interface: (index) => interfaces.get(index),
      }),
    };
  }

  #service({ key, record, list }: ServiceEntry, ended: ExplanationRecord): ExplainedService {
    const loads = viewOf(this.#tables.maps.loads.range(Math.max(0, ...list) + 1));
    const candidates = list.toReversed().flatMap((index): Candidate[] => {
      const destination = this.#registry.records.get(index);
      if (destination === undefined) return [];
      const { active, inactive, overloaded } = readLoadRecord(loads, index * LOAD_SIZE);
      const config = destinationOf(destination);
      const isLess = ended.ended !== 0 && ended.endedDestination === index;
      const load = {
        config,
        active: Math.max(0, (active | 0) - (isLess && ended.endedActive !== 0 ? 1 : 0)),
        inactive: Math.max(0, (inactive | 0) - (isLess && ended.endedActive === 0 ? 1 : 0)),
        overloaded: overloaded !== 0,
      };
      if (isLess) updateOverload(load);
      return [{ ...config, ...load, lastWeight: destination.lastWeight, available: true }];
    });
    const { scheduler, schedulerFlags } = record;
    return { key, scheduler: schedulerNameOf(scheduler), schedulerFlags, candidates };
  }
}

/** The fragments in which a packet would leave. */
function piecesOf(leaving: BpfMap, count: number, interfaces: ReadonlyMap<number, Interface>): OutgoingFrame[] {
  return Array.from({ length: count }, (_, place) => {
    const piece = leaving.at(place);
    const length = piece.readUInt32LE(4);
    return {
      interface: interfaces.get(piece.readUInt32LE(0))?.name ?? '',
      bytes: Uint8Array.from(piece.subarray(LEAVING_HEADER, LEAVING_HEADER + length)),
    };
  });
}

function isIpv6(packet: Uint8Array): boolean {
  return (packet[0] ?? 0) >> 4 === 6;
}

/** The packet as it would come to the interface. */
function frameOf(packet: Uint8Array, { mac }: Interface): Buffer {
  const type = isIpv6(packet) ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4;
  return Buffer.from(concatBytes(parseMac(mac), new Uint8Array(6), Uint8Array.of(type >> 8, type & 0xff), packet));
}
