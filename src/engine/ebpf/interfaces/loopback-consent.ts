import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
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
  /** Whether to ask for it would take something from the host. */
  costs?: () => boolean;
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
  {
    path: 'net/ipv6/conf/lo/forwarding',
    mark: 'forwards6',
    fix: 'sysctl -w net.ipv6.conf.lo.forwarding=1',
    without: 'the loopback does not forward: where net.ipv6.conf.all.forwarding is 0, requests of IPv6 will be dropped',
    before: () => readSysctl('net/ipv6/conf/all/forwarding') ?? '0',
    costs: hasHeardOfRouters,
  },
];

/** Of a default route (linux/ipv6_route.h) from a router advertisement. */
const HEARD_OF = 0x0004_0000 | 0x0001_0000;

/** The kernel forgets such routes as soon as any interface forwards, but for those of interfaces with accept_ra=2 (rt6_purge_dflt_routers). */
function hasHeardOfRouters(): boolean {
  let routes: string;
  try {
    routes = readFileSync('/proc/net/ipv6_route', 'latin1');
  } catch {
    return false;
  }
  return routes.split('\n').some((line) => {
    const [flags = '0', on = ''] = line.trim().split(/\s+/u).slice(-2);
    return (Number.parseInt(flags, 16) & HEARD_OF) === HEARD_OF && readSysctl(`net/ipv6/conf/${on}/accept_ra`) !== '2';
  });
}

/**
 * The kernel's consent to what the programs do by the loopback: deliver (bpf/own/deliver.h), and ask for routes (bpf/route/route.h). A folder of the
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
    const { path, fix, without, costs } = consent;
    const given = readSysctl(path);
    // Without IPv6 there is nothing to consent to.
    if (given === undefined || (given === '1' && !this.#got.has(consent))) return;
    try {
      if (given !== '1') {
        if (costs?.() === true) return;
        writeFileSync(`/proc/sys/${path}`, '1');
      }
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
