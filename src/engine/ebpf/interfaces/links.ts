import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPin, pin, pinsIn, unpin } from '../../../kernel/bpffs.ts';
import {
  attachClsact,
  attachTcx,
  attachXdp,
  clsactProgram,
  detachClsact,
  DIRECTOR_OUT,
  linkInfo,
  programId,
  updateLink,
} from '../../../kernel/hooks.ts';
import type { Interface } from '../../../kernel/interfaces.ts';
import { libbpf } from '../../../kernel/libbpf.ts';

/** `tcx` and `xdp` are links; `clsact` is a filter, on kernels without tcx. `out`: of what leaves by the interface. */
export type LinkHook = 'xdp' | 'tcx' | 'clsact' | 'tcx-out' | 'clsact-out';

/** What `inspect` found, and mended: the program was no longer at the hook, or the pin that lets it outlive this process was gone. */
export type Damage = 'program-removed' | 'pins-removed';

const ATTACH = {
  tcx: attachTcx,
  xdp: attachXdp,
  'tcx-out': (program: number, to: Interface) => attachTcx(program, to, 'egress'),
} as const;

/** Filters, and where they are among others; undefined: that of what comes in. */
const CLSACT = { clsact: undefined, 'clsact-out': DIRECTOR_OUT } as const;

function isClsact(hook: string): hook is keyof typeof CLSACT {
  return hook in CLSACT;
}

/**
 * Programs at hooks of interfaces, each of them pinned in a folder of a bpffs, so that they outlive the process; a later process finds
 * them there and puts its own programs in their place, without a packet in between meeting none. A clsact filter has no link to pin:
 * an empty folder stands for it. This process holds the links too: whoever removes the pins takes nothing off.
 */
export class Links {
  readonly #folder: string;
  readonly #held = new Map<string, number>();
  /** Pins that were not there before this process. */
  readonly #added = new Set<string>();

  /** @param folder where the pins are; it is made */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /**
   * Takes over what an earlier process has attached, or attaches anew.
   * @returns false if the kernel has no such link
   * @throws WeirError HOOK_OCCUPIED, KERNEL_FEATURE_MISSING
   */
  attach(target: Interface, hook: LinkHook, program: number): boolean {
    const name = pinName(target, hook);
    if (isClsact(hook)) {
      this.#mark(name);
      attachClsact(program, target, CLSACT[hook]);
      return true;
    }
    if (this.#takeOver(target, hook, program)) return true;
    const link = ATTACH[hook](program, target);
    if (link === undefined) return false;
    this.#held.set(name, link);
    pin(link, join(this.#folder, name));
    this.#added.add(name);
    return true;
  }

  /**
   * Sees whether the program is still where it was attached, and pinned, and makes it so again.
   * @returns what was not as it should be, undefined if all was
   * @throws WeirError as `attach`
   */
  inspect(target: Interface, hook: LinkHook, program: number): Damage | undefined {
    const name = pinName(target, hook);
    const isThere = this.#programAt(target, hook) === programId(program);
    const isPinned = pinsIn(this.#folder).includes(name);
    if (isThere && isPinned) return undefined;
    mkdirSync(this.#folder, { recursive: true });
    if (!isThere) {
      this.attach(target, hook, program);
      return 'program-removed';
    }
    if (isClsact(hook)) this.#mark(name);
    else pin(this.#held.get(name)!, join(this.#folder, name));
    return 'pins-removed';
  }

  /** Takes off everything but this. */
  keepOnly(wanted: Iterable<{ interface: Pick<Interface, 'index'>; hooks: readonly LinkHook[] }>): void {
    const kept = new Set<string>();
    for (const { interface: on, hooks } of wanted) for (const hook of hooks) kept.add(pinName(on, hook));
    for (const name of this.#names()) if (!kept.has(name)) this.#release(name);
  }

  /** Takes off what this process has added. What an earlier one has left stays: it forwards, now with the programs of this one. */
  undo(): void {
    for (const name of this.#added) this.#release(name);
  }

  /** Lets go of the links; those that are pinned stay. */
  close(): void {
    for (const link of this.#held.values()) libbpf().close(link);
    this.#held.clear();
  }

  #names(): Set<string> {
    return new Set([...pinsIn(this.#folder), ...this.#held.keys()]);
  }

  #mark(name: string): void {
    if (pinsIn(this.#folder).includes(name)) return;
    mkdirSync(join(this.#folder, name));
    this.#added.add(name);
  }

  #takeOver(target: Interface, hook: keyof typeof ATTACH, program: number): boolean {
    const name = pinName(target, hook);
    const path = join(this.#folder, name);
    const isPinned = pinsIn(this.#folder).includes(name);
    const link = this.#held.get(name) ?? (isPinned ? openPin(path) : undefined);
    if (link === undefined) return false;
    this.#held.set(name, link);
    if (linkInfo(link).interfaceIndex !== target.index) {
      this.#release(name);
      return false;
    }
    updateLink(link, program, target.name);
    if (!isPinned) pin(link, path);
    return true;
  }

  #programAt(target: Interface, hook: LinkHook): number | undefined {
    if (isClsact(hook)) return clsactProgram(target, CLSACT[hook]);
    const link = this.#held.get(pinName(target, hook));
    if (link === undefined) return undefined;
    const { interfaceIndex, program } = linkInfo(link);
    return interfaceIndex === target.index ? program : undefined;
  }

  /** A link without pin and holder detaches itself; detached at once here, whoever else may hold it. */
  #release(name: string): void {
    const path = join(this.#folder, name);
    const isPinned = pinsIn(this.#folder).includes(name);
    const [hook = '', index = ''] = name.split('_');
    if (isClsact(hook)) {
      detachClsact(Number(index), CLSACT[hook]);
      if (isPinned) rmdirSync(path);
      return;
    }
    const link = this.#held.get(name) ?? openPin(path);
    this.#held.delete(name);
    libbpf().link_detach(link);
    libbpf().close(link);
    unpin(path);
  }
}

/** Names of interfaces may hold any byte but `/`, and bpffs refuses dots: the index tells them apart. */
function pinName({ index }: Pick<Interface, 'index'>, hook: LinkHook): string {
  return `${hook}_${index}`;
}
