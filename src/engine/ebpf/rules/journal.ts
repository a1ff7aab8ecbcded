import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isSystemError } from '../../../base/error.ts';
import { matchKey, type Destination, type DestinationId, type ServiceMatch } from '../../../lvs/service.ts';
import { type Table, type TableService, findService } from '../../../lvs/table.ts';
import type { EngineLog } from '../../options.ts';
import { type Plan, touchedBy } from './plan.ts';

/** How things were before a change, as far as it concerns them. */
interface Entry extends Pick<Table, 'timeouts' | 'settings' | 'marks' | 'sources' | 'vips'> {
  /** Of the table before the change; the maps have the next one when all of it is written. */
  version: number;
  /** Services that the change touches and that were not there. */
  absent: readonly ServiceMatch[];
  /** The others, as they were. */
  services: readonly NotedService[];
  /** What destinations of the services have beside address and port, each once: a note may be of all real servers there are. */
  kinds: readonly Kind[];
}

type Kind = Omit<Destination, keyof DestinationId>;

interface NotedService extends Omit<TableService, 'destinations'> {
  /** Address, port, place of the kind. */
  destinations: readonly (readonly [string, number, number])[];
}

/**
 * What a change of more than one service is going to touch is noted before it is written, in a file beside the director's socket, so that
 * a process that is killed in the middle leaves nothing half done: the next one takes it back.
 */
export class Journal {
  readonly #file: string;
  readonly #log: EngineLog;
  /** There may be a note. */
  #begun = true;

  constructor(file: string, log: EngineLog) {
    this.#file = file;
    this.#log = log;
  }

  /** A change of this table begins. One of a single service counts with a single write, and needs no note. */
  begin(before: Table, plan: Plan): void {
    const touched = touchedBy(plan);
    if (touched.size < 2) return;
    this.#begun = true;
    const { version, timeouts, settings, marks, sources, vips } = before;
    const matches = [...touched.values()];
    const entry: Entry = {
      version,
      timeouts,
      settings,
      marks,
      sources,
      vips,
      absent: matches.filter((match) => findService(before, match) === undefined),
      ...noted(matches.flatMap((match) => findService(before, match) ?? [])),
    };
    const half = `${this.#file}.new`;
    try {
      writeFileSync(half, JSON.stringify(entry));
      renameSync(half, this.#file);
    } catch (error) {
      // Without a note the change is what it was: whole, unless the process is killed in the middle of it.
      this.#log.warn({ err: error, where: this.#file }, 'a change cannot be noted beforehand');
      // A part of it would keep a full disk full.
      rmSync(half, { force: true });
    }
  }

  /** It is written, or taken back. A note that cannot be removed is of no other table: that has another version. */
  end(): void {
    if (!this.#begun) return;
    try {
      rmSync(this.#file, { force: true, recursive: true });
      this.#begun = false;
    } catch (error) {
      this.#log.error({ err: error, where: this.#file }, 'the note of a change cannot be removed');
    }
  }

  /**
   * The table before a change that an earlier process began and did not end; undefined if there is none.
   * @param found what the maps hold
   * @throws Error where the note cannot be read, or is damaged
   */
  unfinished(found: Table): Table | undefined {
    const entry = this.#read();
    if (entry === undefined || entry.version !== found.version) return undefined;
    const { version, timeouts, settings, marks, sources, vips, absent } = entry;
    const services = servicesOf(entry);
    const concerned = new Set([...absent, ...services.map(({ match }) => match)].map(matchKey));
    const others = found.services.filter(({ match }) => !concerned.has(matchKey(match)));
    return { ...found, version, timeouts, settings, marks, sources, vips, services: [...others, ...services] };
  }

  /** What is no JSON text, or of another form, is no note of this Weir's. */
  #read(): Entry | undefined {
    try {
      const entry: Entry | null = JSON.parse(readFileSync(this.#file, 'utf8'));
      return typeof entry === 'object' && entry !== null && 'kinds' in entry ? entry : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || (isSystemError(error) && error.code === 'ENOENT')) return undefined;
      throw error;
    }
  }
}

function noted(services: readonly TableService[]): Pick<Entry, 'services' | 'kinds'> {
  const places = new Map<string, number>();
  const kinds: Kind[] = [];
  const kindOf = ({ method, weight, upperThreshold, lowerThreshold, tunnel }: Destination): number => {
    const key = `${method} ${weight} ${upperThreshold} ${lowerThreshold} ${tunnel.type} ${tunnel.port} ${tunnel.checksum}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, kinds.length);
    return kinds.push({ method, weight, upperThreshold, lowerThreshold, tunnel }) - 1;
  };
  return {
    services: services.map((service) => ({
      ...service,
      destinations: service.destinations.map((one) => [one.address, one.port, kindOf(one)] as const),
    })),
    kinds,
  };
}

function servicesOf({ services, kinds }: Entry): TableService[] {
  return services.map((service) => ({
    ...service,
    destinations: service.destinations.map(([address, port, place]) => {
      const kind = kinds[place];
      if (kind === undefined) throw new Error(`the note has no kind ${place} for ${address}`);
      return { address, port, ...kind };
    }),
  }));
}
