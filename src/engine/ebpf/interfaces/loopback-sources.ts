import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { EngineLog } from '../../options.ts';

/** Whether a packet that has come in by the loopback may have a source that is this host's own. Others do not come in there. */
const ACCEPT_LOCAL = '/proc/sys/net/ipv4/conf/lo/accept_local';

/**
 * The kernel's consent to what the programs deliver by the loopback (bpf/deliver.h). A folder of the bpffs stands for it where it was not
 * given before, so that it is taken back by whichever process is the last.
 */
export class LoopbackSources {
  readonly #mark: string;
  readonly #log: EngineLog;
  #warned = false;
  /** It is Weir that has got it. */
  #got: boolean;

  /** @param mark the folder */
  constructor(mark: string, log: EngineLog) {
    this.#mark = mark;
    this.#log = log;
    this.#got = existsSync(mark);
  }

  /** Gets it, where it is not given. Somebody may have taken the mark away. */
  accept(): void {
    const given = readFileSync(ACCEPT_LOCAL, 'utf8').trim() === '1';
    if (given && !this.#got) return;
    try {
      if (!given) writeFileSync(ACCEPT_LOCAL, '1');
      mkdirSync(this.#mark, { recursive: true });
      this.#got = true;
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      this.#log.warn(
        { err: error, fix: 'sysctl -w net.ipv4.conf.lo.accept_local=1' },
        'the loopback accepts no sources of this host: answers of IPv4 to its own programs will be dropped',
      );
    }
  }

  /** Gives it back. */
  restore(): void {
    if (!existsSync(this.#mark)) return;
    writeFileSync(ACCEPT_LOCAL, '0');
    rmdirSync(this.#mark);
    this.#got = false;
  }
}
