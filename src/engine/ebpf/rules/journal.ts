import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isSystemError } from '../../../base/error.ts';
import { matchKey, type ServiceMatch } from '../../../lvs/service.ts';
import { type Table, type TableService, findService } from '../../../lvs/table.ts';
import type { EngineLog } from '../../options.ts';
import { type Plan, touchedBy } from './plan.ts';

/** How things were before a change, as far as it concerns them. */
interface Entry extends Pick<Table, 'timeouts' | 'settings' | 'marks' | 'sources' | 'vips'> {
  /** Of the table before the change; the maps have the next one when all of it is written. */
  version: number;
  /** Services that the change touches. */
  touched: readonly ServiceMatch[];
  /** As they were, those of them that were there. */
  services: readonly TableService[];
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
    const services = Array.from(touched.values()).flatMap((match) => findService(before, match) ?? []);
    const entry: Entry = {
      version,
      timeouts,
      settings,
      marks,
      sources,
      vips,
      touched: [...touched.values()],
      services,
    };
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(entry));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      // Without a note the change is what it was: whole, unless the process is killed in the middle of it.
      this.#log.warn({ err: error, where: this.#file }, 'a change cannot be noted beforehand');
    }
  }

  /** It is written, or taken back. */
  end(): void {
    if (this.#begun) rmSync(this.#file, { force: true });
    this.#begun = false;
  }

  /**
   * The table before a change that an earlier process began and did not end; undefined if there is none.
   * @param found what the maps hold
   */
  unfinished(found: Table): Table | undefined {
    const entry = this.#read();
    if (entry === undefined || entry.version !== found.version) return undefined;
    const { version, timeouts, settings, marks, sources, vips, touched, services } = entry;
    const concerned = new Set(touched.map(matchKey));
    const others = found.services.filter(({ match }) => !concerned.has(matchKey(match)));
    return { ...found, version, timeouts, settings, marks, sources, vips, services: [...others, ...services] };
  }

  /** What is no JSON text is no note of Weir's. */
  #read(): Entry | undefined {
    try {
      const entry: Entry = JSON.parse(readFileSync(this.#file, 'utf8'));
      return entry;
    } catch (error) {
      if (error instanceof SyntaxError || (isSystemError(error) && error.code === 'ENOENT')) return undefined;
      throw error;
    }
  }
}
