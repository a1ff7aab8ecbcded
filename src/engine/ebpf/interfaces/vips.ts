import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { WeirError } from '../../../base/error.ts';
import { unknownInterface } from '../../../kernel/interfaces.ts';
import { readIpLinks, type IpLink } from '../../../kernel/ip-json.ts';
import type { Vip } from '../../../lvs/vip.ts';
import { isIpAddress } from '../../../net/ip-address.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';
import { announce } from './announce.ts';

/** A VIP is announced so often, once a second: one frame may be lost. */
const ANNOUNCEMENTS = 3;

/**
 * The VIPs on the interfaces. Which of the addresses there are the director's own is noted in a file beside its socket, so that the next
 * process knows it after a crash, and so that what others have put there is left to them.
 */
export class Vips {
  readonly #file: string;
  readonly #faults: FaultCounts;
  readonly #log: EngineLog;
  /** How often each address is still to be announced. */
  readonly #due = new Map<string, number>();

  constructor(file: string, faults: FaultCounts, log: EngineLog) {
    this.#file = file;
    this.#faults = faults;
    this.#log = log;
  }

  /** What an earlier process has noted, and not taken away; lines that make no sense are passed over. */
  noted(): Vip[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [address = '', name = ''] = line.split(' ');
        return name === '' || !isIpAddress(address) ? [] : [{ address, interface: name }];
      });
  }

  /**
   * Sees whether the new ones can be had.
   * @throws WeirError INTERFACE_UNKNOWN; VIP_TAKEN for an address that somebody else has put on an interface
   */
  check(before: readonly Vip[], after: readonly Vip[]): void {
    const added = after.filter((vip) => !has(before, vip));
    if (added.length === 0) return;
    const links = addressesNow();
    for (const { address, interface: name } of added) {
      if (!links.some((link) => link.name === name)) {
        throw unknownInterface(
          name,
          links.map((link) => link.name),
        );
      }
      const holder = before.some((one) => one.address === address) ? undefined : holderOf(links, address);
      if (holder === undefined) continue;
      throw new WeirError('VIP_TAKEN', `${address} is an address of ${holder} already, and not by Weir`, {
        errno: 'EEXIST',
        where: holder,
        found: address,
        fix: `leave it as it is, or take it off first: ip address del ${address} dev ${holder}`,
      });
    }
  }

  /** Puts the new ones on their interfaces, announces them, and takes off those that are gone. @throws WeirError KERNEL_CALL_FAILED */
  apply(before: readonly Vip[], after: readonly Vip[]): void {
    const removed = before.filter((vip) => !has(after, vip));
    const added = after.filter((vip) => !has(before, vip));
    if (removed.length + added.length === 0) return;
    this.#note([...removed, ...after]);
    // What is not there any more, or whose interface is gone, is off.
    ip(removed.map(removal), true);
    ip(added.map(addition));
    this.#note(after);
    for (const { address } of removed) this.#due.delete(address);
    this.#announceSoon(added);
  }

  /**
   * Puts back those that have gone, with their interface or from it.
   * @param otherwise interfaces are others than before: all are announced again, since a MAC address may have changed
   */
  restore(vips: readonly Vip[], otherwise: boolean): void {
    if (vips.length === 0) return;
    const links = addressesNow();
    const there = vips.filter(({ interface: name }) => links.some((link) => link.name === name));
    const missing = there.filter((vip) => !isOn(links, vip));
    ip(missing.map(addition), true);
    if (!otherwise) this.#noteGone(missing);
    this.#announceSoon(otherwise ? there : missing);
  }

  /** Sends what announcements are due; called once a second. */
  announceDue(vips: readonly Vip[]): void {
    if (this.#due.size === 0) return;
    const links = addressesNow();
    for (const { address, interface: name } of vips) {
      const left = this.#due.get(address) ?? 0;
      if (left <= 1) this.#due.delete(address);
      else this.#due.set(address, left - 1);
      const link = links.find((one) => one.name === name);
      if (left > 0 && link?.ethernet === true && link.up) this.#announce(link, address);
    }
  }

  /** Takes all of them off. */
  remove(vips: readonly Vip[]): void {
    ip(vips.map(removal), true);
    rmSync(this.#file, { force: true });
  }

  #noteGone(vips: readonly Vip[]): void {
    for (const { address, interface: name } of vips) {
      this.#faults.note('vip-gone');
      this.#log.warn(
        { fault: 'vip-gone', interface: name, vip: address },
        `${address} was no longer on ${name}: it is there again`,
      );
    }
  }

  #announceSoon(vips: readonly Vip[]): void {
    for (const { address } of vips) this.#due.set(address, ANNOUNCEMENTS);
    this.announceDue(vips);
  }

  #announce({ name, address: mac }: IpLink, address: string): void {
    try {
      announce(name, mac, address);
    } catch (error) {
      this.#log.warn({ err: error, interface: name, vip: address }, `cannot announce ${address} on ${name}`);
    }
  }

  /** At every moment the file holds the old list or the new, whole. @throws WeirError STATE_UNWRITABLE */
  #note(vips: readonly Vip[]): void {
    try {
      writeFileSync(`${this.#file}.new`, vips.map(({ address, interface: name }) => `${address} ${name}\n`).join(''));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      throw new WeirError('STATE_UNWRITABLE', 'the VIPs cannot be noted', {
        where: this.#file,
        found: error instanceof Error ? error.message : String(error),
        fix: 'make the folder of the socket writable, and make room on its file system',
        cause: error,
      });
    }
  }
}

function has(vips: readonly Vip[], { address, interface: name }: Vip): boolean {
  return vips.some((one) => one.address === address && one.interface === name);
}

function holderOf(links: readonly IpLink[], address: string): string | undefined {
  return links.find(({ addresses }) => addresses.some((one) => one.address === address))?.name;
}

function isOn(links: readonly IpLink[], { address, interface: name }: Vip): boolean {
  return links.some((link) => link.name === name && link.addresses.some((one) => one.address === address));
}

/**
 * A host's own address, as `weir realserver` makes them: an IPv6 one without duplicate address detection, and never the source of what
 * the host sends itself.
 */
function addition({ address, interface: name }: Vip): string {
  const options = address.includes(':') ? ' nodad preferred_lft 0' : '';
  return `address replace ${prefixOf(address)} dev ${name}${options}`;
}

function removal({ address, interface: name }: Vip): string {
  return `address del ${prefixOf(address)} dev ${name}`;
}

function prefixOf(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function addressesNow(): IpLink[] {
  const { stdout, stderr, status } = spawnSync('ip', ['-json', 'address', 'show'], { encoding: 'utf8' });
  if (status === 0) return readIpLinks(stdout);
  throw new WeirError('KERNEL_CALL_FAILED', 'cannot read the addresses of this host', { found: stderr.trim() });
}

/** Runs lines of `ip` in one process. @param lenient go on with the next line where one fails */
function ip(lines: readonly string[], lenient = false): void {
  if (lines.length === 0) return;
  const argv = [...(lenient ? ['-force'] : []), '-batch', '-'];
  const { status, stderr, error } = spawnSync('ip', argv, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  if (status === 0 || (lenient && error === undefined)) return;
  throw new WeirError('KERNEL_CALL_FAILED', `ip refused: ${error?.message ?? stderr.split('\n')[0]}`, {
    found: lines.join('; '),
  });
}
