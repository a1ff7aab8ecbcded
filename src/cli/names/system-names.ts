import { readFileSync } from 'node:fs';
import { namesFromFiles } from '../../ipvsadm/name-files.ts';
import type { NameService } from '../../ipvsadm/names.ts';
import { isIpAddress, parseIpAddress } from '../../net/address.ts';
import { getent } from './getent.ts';

/** Milliseconds that one host of the command line may take. */
const PATIENCE = 5_000;

/** Milliseconds that all the names of a list may take together; what has none by then is printed as a number. */
const LIST_PATIENCE = 2_000;

/** Processes among which the addresses of a list are shared out, because each asks for one after another. */
const WIDTH = 4;

/**
 * The names that the system knows: the hosts and services files at once, for all other hosts whatever else the system is set
 * up to ask, in bounded time.
 */
export class SystemNames implements NameService {
  readonly #files = namesFromFiles(readOptional('/etc/hosts'), readOptional('/etc/services'));
  #listDeadline: number | undefined;
  /** Addresses that wait to be asked for together. */
  #batch: { addresses: string[]; found: Promise<Map<string, string>> } | undefined;

  async addressOf(host: string): Promise<string | undefined> {
    if (!/^[\w.-]+$/.test(host)) return undefined;
    const known = await this.#files.addressOf(host);
    if (known !== undefined) return known;
    const [first] = await getent('ahostsv4', [host], PATIENCE);
    return first?.[0];
  }

  async hostOf(address: string): Promise<string | undefined> {
    const known = await this.#files.hostOf(address);
    if (known !== undefined) return known;
    this.#batch ??= this.#startBatch();
    this.#batch.addresses.push(address);
    return (await this.#batch.found).get(address);
  }

  portOf: NameService['portOf'] = (name, protocol) => this.#files.portOf(name, protocol);

  serviceOf: NameService['serviceOf'] = (port, protocol) => this.#files.serviceOf(port, protocol);

  #startBatch(): { addresses: string[]; found: Promise<Map<string, string>> } {
    const addresses: string[] = [];
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#batch = undefined;
      return this.#lookUp(addresses);
    });
    return { addresses, found };
  }

  async #lookUp(addresses: readonly string[]): Promise<Map<string, string>> {
    this.#listDeadline ??= performance.now() + LIST_PATIENCE;
    const left = this.#listDeadline - performance.now();
    if (left <= 0) return new Map();
    const shares = Array.from({ length: WIDTH }, (_, share) =>
      addresses.filter((__, place) => place % WIDTH === share),
    );
    const answers = await Promise.all(
      shares.filter((share) => share.length > 0).map((share) => getent('hosts', share, left)),
    );
    return new Map(
      answers.flat().flatMap(([address = '', name]) => {
        return isIpAddress(address) && name !== undefined ? [[parseIpAddress(address), name] as const] : [];
      }),
    );
  }
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Without the file there are no names in it.
    return '';
  }
}
