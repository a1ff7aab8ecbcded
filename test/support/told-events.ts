import type { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import type { Engine, EngineEvent } from '../../src/engine/engine.ts';
import { endpointText } from '../../src/lvs/service.ts';

/** What specification and programs tell while both are observed. */
export class ToldEvents {
  readonly #stage: EbpfStage;
  readonly #sides: { specified: Telling; found: Telling };

  constructor(stage: EbpfStage) {
    this.#stage = stage;
    this.#sides = { specified: new Telling(stage.engine), found: new Telling(stage.forwarding) };
  }

  /** What has been told since the last time, a line for each event, sorted: a sweep ends connections in any order. */
  async take(): Promise<{ specified: string[]; found: string[] }> {
    this.#stage.forwarding.tellEvents();
    await new Promise((resolve) => setImmediate(resolve));
    const { specified, found } = this.#sides;
    return { specified: specified.take(), found: found.take() };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#sides).map(async (side) => await side.close()));
  }
}

class Telling {
  readonly #events: AsyncIterator<EngineEvent>;
  readonly #told: string[] = [];

  constructor(engine: Engine) {
    this.#events = engine.events({ queue: Infinity })[Symbol.asyncIterator]();
    void this.#listen();
  }

  take(): string[] {
    return this.#told.splice(0).sort();
  }

  async close(): Promise<void> {
    await this.#events.return?.();
  }

  async #listen(): Promise<void> {
    for (let next = await this.#events.next(); next.done !== true; next = await this.#events.next())
      this.#told.push(eventLine(next.value));
  }
}

/** Everything of an event but its time. */
export function eventLine(event: EngineEvent): string {
  if (event.kind === 'lost') return `lost ${event.events}`;
  if (event.kind === 'dropped') {
    const { protocol, source, destination, bytes } = event.packet;
    const ends = [source, destination].map((end) => (end === undefined ? '?' : endpointText(end)));
    return `dropped ${event.reason} ${protocol} ${ends.join(' > ')} ${bytes}`;
  }
  const { protocol, state, client, virtual, destination, source, template } = event.connection;
  const ends = [client, virtual, destination, ...(source === undefined ? [] : [source])].map(endpointText);
  return `${event.kind}${template ? ' template' : ''} ${protocol} ${ends.join(' > ')} ${state}`;
}
