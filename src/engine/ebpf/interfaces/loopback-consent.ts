import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSysctl } from '../../../kernel/sysctl.ts';
import type { EngineLog } from '../../options.ts';

interface Consent {
  /** Under /proc/sys: 1 gives it. */
  path: string;
  /** Folder of the mark that it is Weir that has got it. */
  mark: string;
  fix: string;
  without: string;
  /** What is written when it is given back. */
  before(): string;
}

const CONSENTS: readonly Consent[] = [
  {
    // A packet that has come in by the loopback may have a source that is this host's own. Others do not come in there.
    path: 'net/ipv4/conf/lo/accept_local',
    mark: 'accepts',
    fix: 'sysctl -w net.ipv4.conf.lo.accept_local=1',
    without: 'the loopback accepts no sources of this host: answers of IPv4 to its own programs will be dropped',
    before: () => '0',
  },
  {
    // Routes are asked for as what comes in by the loopback where the interface of a request does not forward. Nothing to be forwarded comes in there.
    path: 'net/ipv4/conf/lo/forwarding',
    mark: 'forwards',
    fix: 'sysctl -w net.ipv4.conf.lo.forwarding=1',
    without: 'the loopback does not forward: where net.ipv4.ip_forward is 0, requests of IPv4 will be dropped',
    before: () => readSysctl('net/ipv4/ip_forward') ?? '0',
  },
];

/**
 * The kernel's consent to what the programs do by the loopback: deliver (bpf/deliver.h), and ask for routes (bpf/route.h). Of IPv6 nothing is
 * asked for: there the kernel forgets the routers that it has heard of as soon as any interface forwards (rt6_purge_dflt_routers). A folder of the
 * bpffs stands for each where it was not given before, so that it is taken back by whichever process is the last.
 */
export class LoopbackConsent {
  readonly #marks: string;
  readonly #log: EngineLog;
  readonly #warned = new Set<Consent>();
  /** Those that it is Weir that has got. */
  readonly #got: Set<Consent>;

  /** @param marks where the folders are */
  constructor(marks: string, log: EngineLog) {
    this.#marks = marks;
    this.#log = log;
    this.#got = new Set(CONSENTS.filter((consent) => existsSync(this.#markOf(consent))));
  }

  /** Gets all of it that is not given. Somebody may have taken a mark away. */
  get(): void {
    for (const consent of CONSENTS) this.#get(consent);
  }

  /** Gives it back. */
  restore(): void {
    for (const consent of CONSENTS) {
      if (!existsSync(this.#markOf(consent))) continue;
      writeFileSync(`/proc/sys/${consent.path}`, consent.before());
      rmdirSync(this.#markOf(consent));
      this.#got.delete(consent);
    }
  }

  #get(consent: Consent): void {
    const { path, fix, without } = consent;
    const given = readSysctl(path) === '1';
    if (given && !this.#got.has(consent)) return;
    try {
      if (!given) writeFileSync(`/proc/sys/${path}`, '1');
      mkdirSync(this.#markOf(consent), { recursive: true });
      this.#got.add(consent);
    } catch (error) {
      if (this.#warned.has(consent)) return;
      this.#warned.add(consent);
      this.#log.warn({ err: error, fix }, without);
    }
  }

  #markOf({ mark }: Consent): string {
    return join(this.#marks, mark);
  }
}
