import { WeirError } from '../../../base/error.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { programId } from '../../../kernel/hooks.ts';
import { type Interface, findInterface, listInterfaces } from '../../../kernel/interfaces.ts';
import { linkHolding } from '../../../kernel/other-programs.ts';
import type { Fault, FaultCounts } from '../../faults.ts';
import type { EngineLog, EngineOptions } from '../../options.ts';
import type { Stranger } from '../../engine.ts';
import { Acquaintances } from './acquaintances.ts';
import { type HookChoice, chooseHook, insteadOfXdp, wantedInterfaces } from './hook-choice.ts';
import { type LinkHook, Links } from './links.ts';
import type { Programs } from '../programs/programs.ts';
import { type OwnPrograms, type StrangeProgram, strangersAtClsact, strangersOn } from './strangers.ts';

export interface Attachment {
  interface: Interface;
  /** `tc` stands for tcx or clsact. An interface with XDP has TC too: it takes what XDP hands over. */
  hooks: LinkHook[];
  reason: string;
}

export interface AttachmentsOptions extends Pick<EngineOptions, 'interfaces' | 'awaitInterfaces' | 'hook'> {
  /** Where the links are pinned. */
  folder: string;
  programs: Programs;
  /** The interfaces that XDP knows. */
  known: BpfMap;
  faults: FaultCounts;
  log: EngineLog;
}

/** The programs at the interfaces, wherever these go and come. */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #links: Links;
  readonly #acquaintances: Acquaintances;
  #list: readonly Attachment[] = [];
  /** Why a program is not where it should be, by the name of the interface, and the hook if it is about one; said once. */
  readonly #troubles = new Map<string, string>();
  /** Programs of somebody else that XDP and tcx show, as they were at the last inspection. */
  #strangers: readonly StrangeProgram[] = [];

  constructor(options: AttachmentsOptions) {
    this.#options = options;
    this.#links = new Links(options.folder);
    this.#acquaintances = new Acquaintances(options.known);
  }

  get list(): readonly Attachment[] {
    return this.#list;
  }

  /** What is not as it should be: an interface that is not there, or a hook that could not be had, and why. */
  get troubles(): ReadonlyMap<string, string> {
    return this.#troubles;
  }

  /** Whom packets meet before they come here; those at clsact are asked for (`allStrangers`). */
  get strangers(): readonly StrangeProgram[] {
    return this.#strangers;
  }

  /** The same as it is now, with those at clsact. @throws WeirError KERNEL_CALL_FAILED */
  async allStrangers(): Promise<Stranger[]> {
    const own = this.#ownPrograms();
    const atLinks = this.#list.flatMap((one) => strangersOn(one, own).map((stranger) => withLink(stranger, one)));
    const atClsact = await Promise.all(this.#list.map(async (one) => await strangersAtClsact(one, own)));
    return [...atLinks, ...atClsact.flat()];
  }

  /** True if something has failed that may succeed later without any interface changing. */
  get fails(): boolean {
    return [...this.#troubles.values()].some((reason) => reason !== ABSENT);
  }

  /**
   * Attaches to the named interfaces, or to all that can carry traffic; lets go of interfaces that are not among them.
   * @throws WeirError INTERFACE_UNKNOWN, HOOK_OCCUPIED, KERNEL_FEATURE_MISSING; then all is as it was
   */
  attach(): void {
    const { interfaces, log } = this.#options;
    const present = listInterfaces();
    requireInterfaces(this.#options, present);
    const targets = wantedInterfaces(interfaces, present, new Set());
    try {
      for (const target of targets) this.#list = [...this.#list, this.#attachTo(target, true)];
    } catch (error) {
      this.#links.undo();
      this.#list = [];
      throw error;
    }
    this.#letGoOfOthers();
    this.#noteAbsent(targets);
    this.#lookForStrangers();
    if (targets.length === 0) log.warn({}, 'no interface to forward on: name one with --interface');
  }

  /**
   * Goes with what has become of the interfaces: serves those that are there now, forgets those that are gone.
   * @param present all there are
   * @returns whether other interfaces are served than before, or in another way
   */
  follow(present: readonly Interface[]): boolean {
    const before = this.#list;
    const served = new Set(before.map(({ interface: on }) => on.index));
    const wanted = wantedInterfaces(this.#options.interfaces, present, served);
    const indices = new Set(wanted.map(({ index }) => index));
    for (const { interface: on } of before) if (!indices.has(on.index)) this.#noteLost(on, present);
    this.#list = before.filter(({ interface: on }) => indices.has(on.index));
    this.#list = wanted.flatMap((target) => this.#followOne(target) ?? []);
    this.#letGoOfOthers();
    this.#noteAbsent(wanted);
    return this.#list.length !== before.length || this.#list.some((one) => !before.includes(one));
  }

  /** Sees whether every program is where it was attached, and puts it back. */
  inspect(): void {
    for (const { interface: on, hooks } of this.#list) {
      for (const hook of hooks)
        this.#trying(`${on.name} ${hook}`, on, () => {
          const damage = this.#links.inspect(on, hook, this.#programOf(hook));
          if (damage !== undefined)
            this.#note(damage, on, { hook }, `${DAMAGES[damage]} ${on.name} (${hook}): it is there again`);
        });
    }
    this.#lookForStrangers();
  }

  /** Takes every program off. */
  detach(): void {
    this.#list = [];
    this.#links.keepOnly([]);
  }

  /** Lets go of what this process holds; the programs stay where they are pinned. */
  close(): void {
    this.#links.close();
  }

  #followOne(target: Interface): Attachment | undefined {
    const known = this.#list.find(({ interface: on }) => on.index === target.index);
    if (known === undefined) return this.#trying(target.name, target, () => this.#attachTo(target, false));
    const { interface: was, hooks } = known;
    if (!isOtherwise(was, target)) return known;
    if (was.mac !== target.mac) {
      this.#note('address-changed', target, { was: was.mac, is: target.mac }, `${target.name} has another MAC address`);
      if (hooks.includes('xdp')) this.#introduce(target);
    }
    if (was.mtu !== target.mtu)
      this.#note('mtu-changed', target, { was: was.mtu, is: target.mtu }, `${target.name} has another MTU`);
    if (was.vlans.join() !== target.vlans.join()) this.#warnOfTags(target, hooks);
    if (was.up && !target.up) this.#note('link-down', target, {}, `${target.name} is down`);
    if (!was.up && target.up) this.#options.log.info({ interface: target.name }, `${target.name} is up again`);
    return { ...known, interface: target };
  }

  /** Does something for an interface; what fails is said once and tried again later. */
  #trying<T>(what: string, target: Interface, attempt: () => T): T | undefined {
    try {
      const result = attempt();
      this.#troubles.delete(what);
      return result;
    } catch (error) {
      this.#noteTrouble(what, target, error);
      return undefined;
    }
  }

  #noteTrouble(what: string, target: Interface, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#troubles.get(what) === reason) return;
    this.#troubles.set(what, reason);
    this.#note('attach-failed', target, { err: error }, `cannot forward on ${target.name}: ${reason}`);
  }

  /** @param strict refuse an interface whose hook cannot be had, rather than wait for it */
  #attachTo(target: Interface, strict: boolean): Attachment {
    if (!target.ethernet) {
      throw new WeirError('INTERFACE_UNKNOWN', `${target.name} carries no Ethernet frames`, {
        where: target.name,
        expected: 'an Ethernet interface',
        fix: 'name another interface',
      });
    }
    const choice = chooseHook(this.#options.hook, target);
    const hooks: LinkHook[] = [this.#attachTc(target)];
    const reason = this.#attachXdp(target, choice, hooks, strict);
    this.#options.log.info(
      { interface: target.name, hooks, reason },
      `forwarding on ${target.name} by ${hooks.join(' and ')}: ${reason}`,
    );
    this.#warnOfTags(target, hooks);
    return { interface: target, hooks, reason };
  }

  /** What arrives for a VLAN would be taken for traffic of the interface itself. */
  #warnOfTags({ name, vlans }: Interface, hooks: readonly LinkHook[]): void {
    if (vlans.length === 0 || !hooks.includes('xdp')) return;
    this.#options.log.warn(
      { interface: name, vlans, fix: `run with --hook tc, or: ethtool -K ${name} rxvlan off` },
      `${vlans.join(', ')} on ${name}: XDP takes frames whose tag the card has taken off for untagged ones`,
    );
  }

  #attachTc(target: Interface): LinkHook {
    const { tc } = this.#options.programs;
    if (this.#links.attach(target, 'tcx', tc)) return 'tcx';
    this.#links.attach(target, 'clsact', tc);
    return 'clsact';
  }

  /** @returns why the interface has the hooks that it has */
  #attachXdp(target: Interface, choice: HookChoice, hooks: LinkHook[], strict: boolean): string {
    if (choice.hook !== 'xdp') return choice.reason;
    try {
      this.#introduce(target);
      this.#links.attach(target, 'xdp', this.#options.programs.xdp());
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const instead = insteadOfXdp(choice, target, error);
      if (instead !== undefined) return instead;
      if (strict || error.code !== 'HOOK_OCCUPIED') throw error;
      // It is tried again until the other program is gone.
      this.#noteTrouble(`${target.name} xdp`, target, error);
    }
    hooks.unshift('xdp');
    return choice.reason;
  }

  /** What such a program drops or sends on never comes here. One that has Weir's own place is a trouble already. */
  #lookForStrangers(): void {
    const own = this.#ownPrograms();
    const known = new Set(this.#strangers.map(keyOf));
    this.#strangers = this.#list.flatMap((one) => strangersOn(one, own));
    for (const stranger of this.#strangers.filter((one) => !one.instead && !known.has(keyOf(one)))) {
      const { interface: name, hook, program } = stranger;
      const off = `ip link set dev ${name} xdp off, if it is not wanted`;
      this.#options.log.warn(
        { interface: name, program, ...(hook === 'xdp' ? { fix: off } : {}) },
        `${HOOK_NAMES[hook]} program ${program} of somebody else is on ${name}: what it drops or sends on does not come to the director`,
      );
    }
  }

  #ownPrograms(): OwnPrograms {
    const { programs } = this.#options;
    const hasXdp = this.#list.some(({ hooks }) => hooks.includes('xdp'));
    return { tc: programId(programs.tc), xdp: hasXdp ? programId(programs.xdp()) : undefined };
  }

  #introduce(target: Interface): void {
    this.#acquaintances.introduce(target, new Set(this.#list.map(({ interface: on }) => on.index)));
  }

  #programOf(hook: LinkHook): number {
    const { programs } = this.#options;
    return hook === 'xdp' ? programs.xdp() : programs.tc;
  }

  #letGoOfOthers(): void {
    this.#links.keepOnly(this.#list);
    const withXdp = this.#list.filter(({ hooks }) => hooks.includes('xdp'));
    this.#acquaintances.keepOnly(new Set(withXdp.map(({ interface: on }) => on.index)));
  }

  #noteLost(on: Interface, present: readonly Interface[]): void {
    const now = present.find(({ index }) => index === on.index);
    const why =
      now === undefined
        ? 'is gone'
        : now.master === undefined
          ? `is ${now.name} now`
          : `is a port of ${now.master} now`;
    this.#note('interface-gone', on, {}, `${on.name} ${why}: nothing is forwarded on it`);
    if (this.#options.interfaces?.includes(on.name) === true) this.#troubles.set(on.name, ABSENT);
  }

  /** Named interfaces that are not there are waited for. */
  #noteAbsent(found: readonly Interface[]): void {
    const { interfaces: names = [], log } = this.#options;
    const there = new Set(found.map(({ name }) => name));
    for (const what of this.#troubles.keys()) {
      const [name = ''] = what.split(' ');
      if (!there.has(name) && !(what === name && names.includes(name))) this.#troubles.delete(what);
    }
    for (const name of names) {
      if (there.has(name) || this.#troubles.get(name) === ABSENT) continue;
      this.#troubles.set(name, ABSENT);
      log.warn({ interface: name }, `${name} is not there: it is served as soon as it is`);
    }
  }

  #note(fault: Fault, { name }: Interface, facts: object, message: string): void {
    this.#options.faults.note(fault);
    this.#options.log.warn({ fault, interface: name, ...facts }, message);
  }
}

/**
 * Sees that the named interfaces are there, if they are not to be waited for.
 * @throws WeirError INTERFACE_UNKNOWN
 */
export function requireInterfaces(
  { interfaces = [], awaitInterfaces = false }: Pick<EngineOptions, 'interfaces' | 'awaitInterfaces'>,
  present: readonly Interface[] = listInterfaces(),
): void {
  if (!awaitInterfaces) for (const name of interfaces) findInterface(name, present);
}

const ABSENT = 'there is no such interface';

function withLink(stranger: StrangeProgram, { interface: on }: Attachment): Stranger {
  const link = linkHolding(stranger.program, on);
  return link === undefined ? stranger : { ...stranger, link };
}

/** As people call the places of programs. */
export const HOOK_NAMES = { xdp: 'XDP', tcx: 'TC', clsact: 'TC' } as const;

function keyOf({ interface: name, hook, program }: Stranger): string {
  return `${name} ${hook} ${program}`;
}

const DAMAGES = {
  'program-removed': 'somebody has taken the program off',
  'pins-removed': 'somebody has removed the pin of the program on',
} as const;

function isOtherwise(was: Interface, is: Interface): boolean {
  return (
    was.mac !== is.mac ||
    was.mtu !== is.mtu ||
    was.up !== is.up ||
    was.name !== is.name ||
    was.vlans.join() !== is.vlans.join()
  );
}
