import { join } from 'node:path';
import { type Interface, listInterfaces } from '../../../kernel/interfaces.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';
import type { Programs } from '../programs/programs.ts';
import type { Attachment } from './attachments.ts';
import { type LinkHook, Links } from './links.ts';
import { LoopbackConsent } from './loopback-consent.ts';

export interface OwnTrafficOptions {
  /** Where the folders of its links are. */
  folder: string;
  programs: Pick<Programs, 'own' | 'out'>;
  faults: FaultCounts;
  log: EngineLog;
}

/** A program at an interface, for what the director itself sends. */
interface Place {
  interface: Interface;
  hooks: readonly [LinkHook];
}

/**
 * The hooks for packets of the director itself (bpf/own/own.h): at the loopback wherever the director forwards, at the way out of the NICs as
 * long as a real server of the director answers there, since everything that is forwarded passes by.
 */
export class OwnTraffic {
  readonly #options: OwnTrafficOptions;
  readonly #links: Links;
  readonly #consent: LoopbackConsent;
  #places: readonly Place[] = [];
  /** What the places follow. */
  #followed: { served: readonly Attachment[]; answers: boolean } | undefined;
  /** The last trouble, said once. */
  #trouble: string | undefined;

  constructor(options: OwnTrafficOptions) {
    this.#options = options;
    this.#links = new Links(join(options.folder, 'own'));
    this.#consent = new LoopbackConsent(options.folder, options.log);
  }

  /** The hooks, by name of the interface. */
  get list(): readonly { name: string; hook: LinkHook }[] {
    return this.#places.map(({ interface: on, hooks: [hook] }) => ({ name: on.name, hook }));
  }

  /** What is wrong, if something is. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Attaches where it is not attached yet, and lets go of what is not wanted any more.
   * @param served where the director forwards
   * @param answers whether a real server is the director itself
   */
  follow(served: readonly Attachment[], answers: boolean): void {
    if (this.#followed?.served === served && this.#followed.answers === answers) return;
    this.#trying(() => {
      const loopback = served.length === 0 ? [] : this.#loopback();
      const outward = answers ? served.map(({ interface: on }) => this.#outward(on)) : [];
      this.#places = [...loopback, ...outward];
      this.#links.keepOnly(this.#places);
      if (loopback.length === 0) this.#consent.restore();
      this.#followed = { served, answers };
    });
  }

  /** Sees whether every program is where it was attached, and puts it back. */
  inspect(): void {
    this.#trying(() => {
      if (this.#places.length > 0) this.#consent.get();
      for (const { interface: on, hooks } of this.#places) {
        const [hook] = hooks;
        const damage = this.#links.inspect(on, hook, this.#programOf(hook));
        if (damage === undefined) continue;
        this.#options.faults.note(damage);
        this.#options.log.warn({ fault: damage, interface: on.name, hook }, `${on.name} (${hook}): it is there again`);
      }
    });
  }

  /** Takes every program off. */
  detach(): void {
    this.#places = [];
    this.#links.keepOnly([]);
    this.#consent.restore();
  }

  /** Lets go of what this process holds; the programs stay where they are pinned. */
  close(): void {
    this.#links.close();
  }

  #loopback(): Place[] {
    const known = this.#places.filter(({ hooks: [hook] }) => hook === 'tcx' || hook === 'clsact');
    if (known.length > 0) return known;
    this.#consent.get();
    return listInterfaces()
      .filter(({ loopback }) => loopback)
      .map((on) => this.#attach(on, 'tcx', 'clsact'));
  }

  #outward(on: Interface): Place {
    const known = this.#places.find((one) => one.interface.index === on.index);
    return known === undefined ? this.#attach(on, 'tcx-out', 'clsact-out') : { ...known, interface: on };
  }

  /** @param otherwise the hook where the kernel does not have the first */
  #attach(on: Interface, hook: LinkHook, otherwise: LinkHook): Place {
    if (this.#links.attach(on, hook, this.#programOf(hook))) return { interface: on, hooks: [hook] };
    this.#links.attach(on, otherwise, this.#programOf(otherwise));
    return { interface: on, hooks: [otherwise] };
  }

  #programOf(hook: LinkHook): number {
    const { programs } = this.#options;
    return hook.endsWith('-out') ? programs.out : programs.own;
  }

  /** What fails is said once and tried again later. */
  #trying(attempt: () => void): void {
    try {
      attempt();
      this.#trouble = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#trouble === reason) return;
      this.#trouble = reason;
      this.#options.faults.note('attach-failed');
      this.#options.log.warn({ fault: 'attach-failed', err: error }, `packets of the director itself: ${reason}`);
    }
  }
}
