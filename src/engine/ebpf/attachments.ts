import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { INTERFACE_SIZE, readInterfaceRecord, writeInterfaceRecord } from '../../kernel/abi.generated.ts';
import type { BpfMap } from '../../kernel/bpf-map.ts';
import { openPin, pin, pinsIn, unpin } from '../../kernel/bpffs.ts';
import { attachClsact, attachTcx, attachXdp, detachClsact, linkInfo, updateLink } from '../../kernel/hooks.ts';
import { type Interface, findInterface, listInterfaces } from '../../kernel/interfaces.ts';
import { libbpf } from '../../kernel/libbpf.ts';
import { parseMac } from '../../net/address.ts';
import type { EngineLog, Hook } from '../options.ts';
import { type HookChoice, chooseHook, isCandidate } from './hook-choice.ts';
import type { Programs } from './programs.ts';
import { viewOf } from './tables.ts';

export interface Attachment {
  interface: Interface;
  /** `tc` stands for tcx or clsact. An interface with XDP has TC too: it takes what XDP hands over. */
  hooks: AttachmentHook[];
  reason: string;
}

/**
 * The programs at the interfaces. Links are pinned under `folder`, so they outlive the process; a later process finds them and
 * puts its own programs in their place, without a packet in between meeting none.
 */
export class Attachments {
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #interfaces: BpfMap;
  readonly #log: EngineLog;
  readonly list: Attachment[] = [];
  /** Pins that were not there before: what an attempt that fails takes back. */
  readonly #added = new Set<string>();

  constructor(folder: string, programs: Programs, interfaces: BpfMap, log: EngineLog) {
    this.#folder = folder;
    this.#programs = programs;
    this.#interfaces = interfaces;
    this.#log = log;
    mkdirSync(folder, { recursive: true });
  }

  /** Attaches to the named interfaces, or to all that can carry traffic; lets go of interfaces that are not among them. */
  attach(names: readonly string[] | undefined, wanted: Hook): void {
    const targets = names === undefined ? listInterfaces().filter(isCandidate) : names.map(findInterface);
    for (const target of targets) {
      if (target.ethernet) continue;
      throw new WeirError('INTERFACE_UNKNOWN', `${target.name} carries no Ethernet frames`, {
        where: target.name,
        expected: 'an Ethernet interface',
        fix: 'name another interface',
      });
    }
    try {
      for (const target of targets) this.list.push(this.#attachTo(target, chooseHook(wanted, target)));
    } catch (error) {
      this.#undo();
      throw error;
    }
    this.#releaseOthers();
    this.#forgetOthers();
    if (targets.length === 0) this.#log.warn({}, 'no interface to forward on: name one with --interface');
  }

  /** Takes every program off. */
  detach(): void {
    this.list.length = 0;
    for (const name of pinsIn(this.#folder)) this.#release(name);
  }

  #attachTo(target: Interface, choice: HookChoice): Attachment {
    const hooks: AttachmentHook[] = [this.#attachTc(target)];
    let { reason } = choice;
    if (choice.hook === 'xdp') {
      try {
        this.#introduce(target);
        this.#attachLink(target, 'xdp', this.#programs.xdp(), attachXdp);
        hooks.unshift('xdp');
      } catch (error) {
        if (!choice.fallback || !(error instanceof WeirError) || error.code !== 'KERNEL_FEATURE_MISSING') throw error;
        reason = `the driver ${target.driver} has no native XDP here`;
      }
    }
    this.#log.info(
      { interface: target.name, hooks, reason },
      `forwarding on ${target.name} by ${hooks.join(' and ')}: ${reason}`,
    );
    return { interface: target, hooks, reason };
  }

  /** Tells the XDP program the interface's own MAC, by which it knows what is addressed to this host. */
  #introduce({ name, index, mac }: Interface): void {
    const slot = index % this.#interfaces.maxEntries;
    const other = readInterfaceRecord(viewOf(this.#interfaces.at(slot)));
    if (other.index !== 0 && other.index !== index && this.list.some(({ interface: on }) => on.index === other.index)) {
      throw new WeirError('KERNEL_FEATURE_MISSING', `XDP cannot serve ${name} beside interface number ${other.index}`, {
        where: name,
        expected: `interface numbers that differ modulo ${this.#interfaces.maxEntries}`,
        found: `${other.index} and ${index}`,
        fix: 'run Weir with --hook tc',
      });
    }
    const value = Buffer.alloc(INTERFACE_SIZE);
    writeInterfaceRecord(viewOf(value), { index, mac: [...parseMac(mac)] });
    this.#interfaces.set(slot, value);
  }

  /** XDP sends to the interfaces it knows only, so those that it has left are taken out. */
  #forgetOthers(): void {
    const known = new Set(this.list.filter(({ hooks }) => hooks.includes('xdp')).map(({ interface: on }) => on.index));
    const slots = viewOf(this.#interfaces.range(this.#interfaces.maxEntries));
    for (let slot = 0; slot < this.#interfaces.maxEntries; slot++) {
      const { index } = readInterfaceRecord(slots, slot * INTERFACE_SIZE);
      if (index !== 0 && !known.has(index)) this.#interfaces.set(slot, Buffer.alloc(INTERFACE_SIZE));
    }
  }

  #attachTc(target: Interface): 'tcx' | 'clsact' {
    if (this.#attachLink(target, 'tcx', this.#programs.tc, attachTcx)) return 'tcx';
    const marker = pinName(target, 'clsact');
    if (!pinsIn(this.#folder).includes(marker)) {
      mkdirSync(join(this.#folder, marker));
      this.#added.add(marker);
    }
    attachClsact(this.#programs.tc, target);
    return 'clsact';
  }

  /** Takes over the pinned link of an earlier process, or attaches anew; false if the kernel has no such link. */
  #attachLink(
    target: Interface,
    hook: 'tcx' | 'xdp',
    program: number,
    attach: (program: number, to: Interface) => number | undefined,
  ): boolean {
    const path = join(this.#folder, pinName(target, hook));
    if (pinsIn(this.#folder).includes(pinName(target, hook))) {
      const link = openPin(path);
      const alive = linkInfo(link).interfaceIndex === target.index;
      if (alive) updateLink(link, program, target.name);
      libbpf().close(link);
      if (alive) return true;
      unpin(path);
    }
    const link = attach(program, target);
    if (link === undefined) return false;
    try {
      pin(link, path);
      this.#added.add(pinName(target, hook));
    } finally {
      libbpf().close(link);
    }
    return true;
  }

  /** What an earlier process has left stays: it forwards, now with the programs of this one, whose tables are the same. */
  #undo(): void {
    for (const name of this.#added) this.#release(name);
    this.list.length = 0;
  }

  #releaseOthers(): void {
    const wanted = new Set(this.list.flatMap(({ interface: on, hooks }) => hooks.map((hook) => pinName(on, hook))));
    for (const name of pinsIn(this.#folder)) if (!wanted.has(name)) this.#release(name);
  }

  /** A link without pin and holder detaches itself; detached at once here, whoever else may hold it. */
  #release(name: string): void {
    const path = join(this.#folder, name);
    if (name.startsWith('clsact_')) {
      detachClsact(Number(name.slice('clsact_'.length)));
      rmdirSync(path);
      return;
    }
    const link = openPin(path);
    libbpf().link_detach(link);
    libbpf().close(link);
    unpin(path);
  }
}

type AttachmentHook = 'xdp' | 'tcx' | 'clsact';

/**
 * Names may hold any byte but `/`, and bpffs refuses dots: the index tells interfaces apart. A clsact filter has no link to pin:
 * an empty folder stands for it.
 */
function pinName({ index }: Pick<Interface, 'index'>, hook: AttachmentHook): string {
  return `${hook}_${index}`;
}
