import type { DestinationId } from '../../../lvs/service.ts';
import type { Block } from '../maps/arena.ts';
import type { Taken } from '../maps/index-allocator.ts';
import type { PublishedTable, Registry, TrashEntry } from '../maps/registry.ts';

/**
 * What a service that is being prepared has taken for itself, and nobody has seen yet: it is given back if that comes to nothing.
 * The maps may hold something under these numbers; whoever takes them next writes over it.
 */
export class Claim {
  readonly #registry: Registry;
  #service: number | undefined;
  readonly #destinations: number[] = [];
  readonly #revived: { service: string; destination: DestinationId; entry: TrashEntry }[] = [];
  #block: Block | undefined;
  #table: PublishedTable | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  takeServiceId(): Taken {
    const taken = this.#registry.takeServiceId();
    this.#service = taken.index;
    return taken;
  }

  takeDestination(): Taken {
    const taken = this.#registry.destinationIndices.take();
    this.#destinations.push(taken.index);
    return taken;
  }

  /** The index of a destination in the trash, undefined if it is not there. @param service its key */
  revive(service: string, destination: DestinationId): number | undefined {
    const entry = this.#registry.revive(service, destination);
    if (entry !== undefined) this.#revived.push({ service, destination, entry });
    return entry?.index;
  }

  takeBlock(block: Block): Block {
    this.#block = block;
    return block;
  }

  takeTable(table: PublishedTable): PublishedTable {
    this.#table = table;
    return table;
  }

  giveBack(): void {
    const { arena, pages, destinationIndices } = this.#registry;
    for (const index of this.#destinations.toReversed()) destinationIndices.giveBack(index);
    for (const { service, destination, entry } of this.#revived) this.#registry.discard(service, destination, entry);
    if (this.#service !== undefined) this.#registry.releaseServiceId(this.#service);
    if (this.#block !== undefined) arena.release(this.#block, performance.now());
    if (this.#table !== undefined) pages.release(this.#table.pages);
  }
}
