import type { ConnectionKey, LiveConnection } from './connection.ts';
import { ConnectionTable, type Flow } from './connection-table.ts';
import type { LiveDestination, LiveService } from './live.ts';
import type { State, Services } from './state.ts';
import type { Family } from './service.ts';
import { copySignals } from './signals.ts';

/**
 * A state in which one packet can be tried, as a rehearsal of what would become of it: it sees everything that the director has, and
 * whatever it changes are copies. Costs as much as what the packet meets, not as much as the tables hold.
 */
export function rehearsalOf(state: State): State {
  const copies = new Copies();
  return {
    ...state,
    roster: new ServicesCopy(state.roster, copies),
    connections: new ConnectionsCopy(state.connections, copies),
    reassembly: state.reassembly.copy(),
    pathMtu: state.pathMtu.copy(),
    observer: undefined,
  };
}

/** One copy of each thing that was met, so that they know each other as the originals do. */
class Copies {
  readonly #services = new Map<LiveService, LiveService>();
  readonly #destinations = new Map<LiveDestination, LiveDestination>();
  readonly #connections = new Map<LiveConnection, LiveConnection>();

  service(original: LiveService): LiveService {
    const known = this.#services.get(original);
    if (known !== undefined) return known;
    const copy: LiveService = { ...original, tally: { ...original.tally }, destinations: [] };
    this.#services.set(original, copy);
    copy.destinations = original.destinations.map((one) => this.destination(one));
    copy.scheduler = original.scheduler && {
      stateless: original.scheduler.stateless === true,
      schedule: (_list, packet) => {
        // The original list: a scheduler knows its destinations by who they are.
        const forget = original.scheduler?.remember?.();
        const choice = original.scheduler?.schedule(original.destinations, packet) ?? { why: 'scheduler-none' };
        forget?.();
        return choice.destination === undefined ? choice : { destination: this.destination(choice.destination) };
      },
    };
    return copy;
  }

  destination(original: LiveDestination): LiveDestination {
    const known = this.#destinations.get(original);
    if (known !== undefined) return known;
    const copy: LiveDestination = {
      ...original,
      tally: { ...original.tally },
      signals: copySignals(original.signals),
    };
    this.#destinations.set(original, copy);
    copy.service = this.service(original.service);
    return copy;
  }

  connection(original: LiveConnection): LiveConnection {
    const known = this.#connections.get(original);
    if (known !== undefined) return known;
    const { destination, control, handshake } = original;
    const copy: LiveConnection = {
      ...original,
      ...(handshake === undefined ? {} : { handshake: { ...handshake } }),
      destination: destination && this.destination(destination),
      control: control && this.connection(control),
    };
    this.#connections.set(original, copy);
    return copy;
  }
}

class ServicesCopy implements Services {
  readonly #originals: Services;
  readonly #copies: Copies;

  constructor(originals: Services, copies: Copies) {
    this.#originals = originals;
    this.#copies = copies;
  }

  find(key: string): LiveService | undefined {
    const original = this.#originals.find(key);
    return original && this.#copies.service(original);
  }

  count(family: Family): number {
    return this.#originals.count(family);
  }

  *services(): Iterable<LiveService> {
    for (const original of this.#originals.services()) yield this.#copies.service(original);
  }
}

/** What the rehearsal adds is its own; what it finds are copies of what there is, unless it has taken them out. */
class ConnectionsCopy extends ConnectionTable {
  readonly #originals: ConnectionTable;
  readonly #copies: Copies;

  constructor(originals: ConnectionTable, copies: Copies) {
    super();
    this.#originals = originals;
    this.#copies = copies;
    this.used = originals.used;
  }

  override findRequest(flow: Flow): LiveConnection | undefined {
    return super.findRequest(flow) ?? this.#copyOf(this.#originals.findRequest(flow));
  }

  override findReply(flow: Flow): LiveConnection | undefined {
    return super.findReply(flow) ?? this.#copyOf(this.#originals.findReply(flow));
  }

  override findTemplate(key: ConnectionKey, engine?: LiveConnection['engine']): LiveConnection | undefined {
    return super.findTemplate(key, engine) ?? this.#copyOf(this.#originals.findTemplate(key, engine));
  }

  override remove(connection: LiveConnection): void {
    const before = this.used;
    super.remove(connection);
    if (this.used === before && !connection.template) this.used--;
  }

  #copyOf(original: LiveConnection | undefined): LiveConnection | undefined {
    if (original === undefined) return undefined;
    const copy = this.#copies.connection(original);
    return copy.gone && !original.gone ? undefined : copy;
  }
}
