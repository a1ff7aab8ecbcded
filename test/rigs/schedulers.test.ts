import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Roster } from '../../src/lvs/roster.ts';
import type { LiveDestination } from '../../src/lvs/live.ts';
import type { Operation } from '../../src/lvs/operation.ts';
import { SCHEDULER_NAMES } from '../../src/lvs/schedulers/index.ts';
import type { PacketFacts } from '../../src/lvs/schedulers/scheduler.ts';
import {
  DIRECT_TUNNEL,
  type DestinationId,
  SCHEDULER_FLAG,
  type ServiceMatch,
  endpointText,
} from '../../src/lvs/service.ts';
import { formatIpv4 } from '../../src/net/address.ts';
import { Chooser, expectedChance } from '../support/chooser.ts';
import { Random } from '../../src/engine/compliance/random/random.ts';

/**
 * The schedulers of the loaded programs beside those of the specification: the same random lists, changes, loads, clients and
 * times, and for each packet the same choice.
 *
 * WEIR_FUZZ_EPISODES and WEIR_FUZZ_SEED choose another size and another beginning.
 */
const EPISODES = Number(process.env['WEIR_FUZZ_EPISODES'] ?? 6);
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);
const STEPS = 120;
const MATCH: ServiceMatch = { protocol: 'tcp', address: '10.9.9.9', port: 80 };
/** Sizes of lists at the start: small ones, and some that have cells. */
const SIZES = [0, 1, 2, 3, 5, 8, 70, 130, 200] as const;
const WEIGHTS = [0, 1, 1, 2, 3, 4, 6, 100, 65_535, 0x7fff_ffff] as const;
const MINUTE = 60_000;
const WAITS = [MINUTE, 7 * MINUTE, 31 * MINUTE, 720 * MINUTE, 1470 * MINUTE] as const;
const ADDRESSES = ['10.9.9.9', '10.9.9.10', '2001:db8::9', '2001:db8:1::9:1'] as const;

let chooser: Chooser;
/** Destinations ever added: the engine remembers deleted ones for two minutes, so that no episode uses those of another. */
let added = 0;
beforeAll(async () => {
  chooser = await Chooser.open();
});
afterAll(async () => {
  await chooser.close();
});

describe.each([...SCHEDULER_NAMES])('%s chooses what the specification chooses', (scheduler) => {
  test(`in ${EPISODES} episodes`, async () => {
    for (let episode = 0; episode < EPISODES; episode++) {
      const found = await new Episode(new Random(SEED * 100_003 + episode), scheduler, episode).play();
      expect(found.slice(-4000), `seed ${SEED}, episode ${episode}`).toBe('');
    }
  });
});

class Episode {
  readonly #random: Random;
  readonly #scheduler: string;
  readonly #roster: Roster;
  readonly #log: string[] = [];
  #now = 0;
  #expiration = 86_400;
  readonly #deleted: DestinationId[] = [];

  constructor(random: Random, scheduler: string, seed: number) {
    this.#random = random;
    this.#scheduler = scheduler;
    chooser.expectChance(seed);
    const chance = expectedChance(seed);
    this.#roster = new Roster(
      {
        now: () => this.#now,
        random: chance,
        lblcExpiration: () => this.#expiration,
        lblcrExpiration: () => this.#expiration,
      },
      { deleted: () => undefined },
    );
  }

  /** @returns the first difference and the steps that lead to it; nothing if there is none */
  async play(): Promise<string> {
    await chooser.clear();
    await this.#expire(this.#random.pick([60, 3600, 86_400]));
    await this.#do(this.#service('add-service', this.#scheduler));
    const size = this.#random.pick(SIZES);
    for (let i = 0; i < size; i++) await this.#do(this.#add());
    for (let step = 0; step < STEPS; step++) {
      if (this.#random.oneIn(10)) await this.#change();
      if (this.#random.oneIn(3)) this.#loads();
      if (this.#random.oneIn(25)) this.#wait(this.#random.pick(WAITS));
      const found = this.#packet();
      if (found !== '') return [...this.#log, found].join('\n');
    }
    return '';
  }

  get #list(): readonly LiveDestination[] {
    return this.#roster.get(MATCH)?.destinations ?? [];
  }

  async #do(operation: Operation): Promise<void> {
    this.#log.push(JSON.stringify(operation));
    this.#roster.apply(operation);
    await chooser.engine.commit([operation]);
  }

  #service(what: 'add-service' | 'edit-service', scheduler: string): Operation {
    const { flag1, flag2 } = SCHEDULER_FLAG;
    const schedulerFlags = this.#random.pick([0, flag1, flag2, flag1 | flag2]);
    return { do: what, service: { match: MATCH, scheduler, schedulerFlags, onePacket: false } };
  }

  /** A new destination, or one that was deleted. */
  #add(): Operation {
    const known = this.#deleted.pop();
    if (known !== undefined && this.#random.oneIn(2))
      return this.#destination('add-destination', known.address, known.port);
    const address = formatIpv4(0x0a000000 + ++added);
    return this.#destination('add-destination', address, this.#random.pick([80, 8080]));
  }

  #destination(what: 'add-destination' | 'edit-destination', address: string, port: number): Operation {
    return {
      do: what,
      match: MATCH,
      destination: {
        address,
        port,
        method: 'masquerade',
        weight: this.#random.pick(WEIGHTS),
        upperThreshold: 0,
        lowerThreshold: 0,
        tunnel: DIRECT_TUNNEL,
      },
    };
  }

  async #change(): Promise<void> {
    const list = this.#list;
    const one = list.length === 0 ? undefined : this.#random.pick(list);
    const kind = this.#random.below(8);
    if (kind === 0) await this.#do(this.#service('edit-service', this.#random.pick(['rr', this.#scheduler])));
    else if (kind < 3 || one === undefined) await this.#do(this.#add());
    else if (kind < 5) {
      const { address, port } = one;
      await this.#do({ do: 'delete-destination', match: MATCH, destination: { address, port } });
      this.#deleted.push({ address, port });
    } else await this.#do(this.#destination('edit-destination', one.address, one.port));
    if (this.#random.oneIn(3)) await this.#do(this.#service('edit-service', this.#scheduler));
  }

  /** Other loads for some of the destinations, most of them small so that there are ties. */
  #loads(): void {
    for (const one of this.#list) {
      if (this.#random.below(Math.max(4, this.#list.length)) > 4) continue;
      one.active = this.#random.pick([0, 0, 1, 2, 5, this.#random.below(2 ** 24)]);
      one.inactive = this.#random.pick([0, 0, 1, 256, 513]);
      one.overloaded = this.#random.oneIn(6);
      this.#log.push(`load ${endpointText(one)} ${one.active} ${one.inactive} ${one.overloaded}`);
      chooser.setLoad(chooser.indexOf(MATCH, one), one);
    }
  }

  /** Seconds after which lblc forgets an address, and lblcr takes from its set. */
  async #expire(seconds: number): Promise<void> {
    this.#expiration = seconds;
    this.#log.push(`expiration ${seconds}`);
    const settings = { lblc_expiration: seconds, lblcr_expiration: seconds };
    await chooser.engine.commit([{ do: 'set-settings', settings }]);
  }

  #wait(milliseconds: number): void {
    this.#log.push(`wait ${milliseconds}`);
    this.#now += milliseconds;
    chooser.engine.advanceClock(milliseconds);
  }

  #packet(): string {
    const packet: PacketFacts = {
      source: this.#random.oneIn(3)
        ? `2001:db8::${this.#random.below(65_536).toString(16)}`
        : formatIpv4(this.#random.below(2 ** 32)),
      sourcePort: this.#random.below(65_536),
      destination: this.#random.pick(ADDRESSES),
    };
    this.#log.push(JSON.stringify(packet));
    const { destination, why } = this.#roster.get(MATCH)!.scheduler!.schedule(this.#list, packet);
    const expected = destination === undefined ? undefined : endpointText(destination);
    const { index } = chooser.ask(MATCH, packet);
    const found = index === undefined ? undefined : endpointText(chooser.endpoint(index));
    return expected === found ? '' : `expected ${expected} ${why ?? ''}, found ${found}`;
  }
}
