import { PAGE_SIZE, SIZE } from '../../../kernel/abi.generated.ts';
import { BpfMap, indexKey } from '../../../kernel/bpf-map.ts';
import { check, libbpf } from '../../../kernel/libbpf.ts';
import { Arena, type Block, allocateOrWait } from './arena.ts';

const { PAGE_PLACES, CHUNK_PAGES, CHUNKS } = SIZE;
const BPF_MAP_TYPE_ARRAY = 2;

/** Pages that a table of that many places takes. */
export function pagesOf(places: number): number {
  return Math.ceil(places / PAGE_PLACES);
}

/** The page of a service without a table: beyond all chunks, so that the programs find nothing. */
export const NO_PAGE = 0xffff_ffff;

/**
 * The tables of the hashing schedulers, in pages of 256 places: sh takes one, mh 16, maglev 256. Pages come in chunks of 2 MiB,
 * maps of their own that are made when the first table needs them. A table is written to pages that nobody reads, and counts
 * when the value of a service names them.
 */
export class PageStore {
  readonly size = CHUNKS * CHUNK_PAGES;
  readonly #chunks: BpfMap;
  readonly #open = new Map<number, BpfMap>();
  readonly #arena: Arena;
  #used: number;

  /** @param chunks the map `tables` @param grace milliseconds a page rests before it is used again @param taken in use already */
  constructor(chunks: BpfMap, grace: number, taken: readonly Block[]) {
    this.#chunks = chunks;
    this.#arena = new Arena(this.size, grace, taken, 1);
    this.#used = taken.reduce((sum, { capacity }) => sum + capacity, 0);
  }

  /** Pages that no table has; of those some may have to rest yet. */
  get left(): number {
    return this.size - this.#used;
  }

  /** Writes a table of places. @throws WeirError ENGINE_FULL */
  write(table: Uint32Array): Block {
    const pages = pagesOf(table.length);
    const block = allocateOrWait(this.#arena, pages, 'tables of hashing schedulers');
    this.#used += block.capacity;
    const bytes = Buffer.alloc(pages * PAGE_SIZE);
    new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2).set(table);
    for (let page = 0; page < pages;) {
      const at = block.first + page;
      const here = Math.min(pages - page, CHUNK_PAGES - (at % CHUNK_PAGES));
      const part = bytes.subarray(page * PAGE_SIZE, (page + here) * PAGE_SIZE);
      this.#chunk(Math.floor(at / CHUNK_PAGES)).setRange(at % CHUNK_PAGES, part);
      page += here;
    }
    return block;
  }

  release(block: Block): void {
    this.#used -= block.capacity;
    this.#arena.release(block, performance.now());
  }

  close(): void {
    for (const chunk of this.#open.values()) chunk.close();
  }

  #chunk(index: number): BpfMap {
    const open = this.#open.get(index);
    if (open !== undefined) return open;
    const chunk = new BpfMap(this.#find(index) ?? this.#create(index), 'tables');
    this.#open.set(index, chunk);
    return chunk;
  }

  /** The descriptor of a chunk that is there. */
  #find(index: number): number | undefined {
    const id = this.#chunks.lookup(indexKey(index))?.readUInt32LE(0);
    return id === undefined ? undefined : check(libbpf().map_fd_by_id(id), `open part ${index} of the tables`);
  }

  #create(index: number): number {
    const fd = check(
      libbpf().map_create(BPF_MAP_TYPE_ARRAY, 'weir_chunk', 4, PAGE_SIZE, CHUNK_PAGES, null),
      `make room for ${CHUNK_PAGES} pages of tables`,
    );
    check(libbpf().map_update(this.#chunks.fd, indexKey(index), indexKey(fd), 0n), 'add a part to the tables');
    return fd;
  }
}
