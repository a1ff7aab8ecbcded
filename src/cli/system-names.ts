import { lookup, lookupService } from 'node:dns';
import { readFileSync } from 'node:fs';
import { namesFromFiles } from '../ipvsadm/name-files.ts';
import type { NameService } from '../ipvsadm/names.ts';
import { addressToBytes } from '../net/address.ts';

/** Milliseconds that one host of the command line may take. */
const PATIENCE = 5_000;

/** Milliseconds that all the names of a list may take together; what has none by then is printed as a number. */
const LIST_PATIENCE = 2_000;

/**
 * The names that the system knows: the hosts and services files at once, for all other hosts the resolver of the C library,
 * which may ask name servers, in bounded time.
 */
export class SystemNames implements NameService {
  readonly #files = namesFromFiles(readOptional('/etc/hosts'), readOptional('/etc/services'));
  #listDeadline: number | undefined;
  #waiting = 0;

  /** True while a lookup that was given up still runs: it would keep the process from ending. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  async addressOf(host: string): Promise<string | undefined> {
    // The resolver takes what is empty or has blanks for an error, after it has asked around.
    if (!/^[\w.-]+$/.test(host)) return undefined;
    const known = await this.#files.addressOf(host);
    if (known !== undefined) return known;
    return this.#within(PATIENCE, (done) => {
      lookup(host, { family: 4 }, (error, address) => done(error === null ? address : undefined));
    });
  }

  async hostOf(address: string): Promise<string | undefined> {
    const known = await this.#files.hostOf(address);
    if (known !== undefined) return known;
    this.#listDeadline ??= performance.now() + LIST_PATIENCE;
    const left = this.#listDeadline - performance.now();
    if (left <= 0 || isUnspecified(address)) return undefined;
    return this.#within(left, (done) => {
      lookupService(address, 0, (error, name) => done(error === null ? name : undefined));
    });
  }

  portOf: NameService['portOf'] = (name, protocol) => this.#files.portOf(name, protocol);

  serviceOf: NameService['serviceOf'] = (port, protocol) => this.#files.serviceOf(port, protocol);

  #within(
    milliseconds: number,
    ask: (done: (answer: string | undefined) => void) => void,
  ): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds, undefined);
      this.#waiting += 1;
      ask((answer) => {
        this.#waiting -= 1;
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }
}

function isUnspecified(address: string): boolean {
  return addressToBytes(address).every((byte) => byte === 0);
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Without the file there are no names in it.
    return '';
  }
}
