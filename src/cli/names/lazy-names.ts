import type { NameService } from '../../ipvsadm/names.ts';
import type { SystemNames } from './system-names.ts';

/** The system's names, loaded when the first is asked for: with `-n`, and with addresses in numbers, none ever is. */
export class LazyNames implements NameService {
  #loaded: Promise<SystemNames> | undefined;

  addressOf: NameService['addressOf'] = async (host) => (await this.#names()).addressOf(host);
  hostOf: NameService['hostOf'] = async (address) => (await this.#names()).hostOf(address);
  portOf: NameService['portOf'] = async (name, protocol) => (await this.#names()).portOf(name, protocol);
  serviceOf: NameService['serviceOf'] = async (port, protocol) => (await this.#names()).serviceOf(port, protocol);

  #names(): Promise<SystemNames> {
    this.#loaded ??= import('./system-names.ts').then(({ SystemNames }) => new SystemNames());
    return this.#loaded;
  }
}
