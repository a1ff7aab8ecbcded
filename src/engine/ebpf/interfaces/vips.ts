import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { WeirError } from '../../../base/error.ts';
import { unknownInterface } from '../../../kernel/interfaces.ts';
import { readIpLinks, type IpLink } from '../../../kernel/ip-json.ts';
import { startError } from '../../../kernel/process.ts';
import type { Vip } from '../../../lvs/vip.ts';
import { isIpAddress } from '../../../net/ip-address.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';
import { announce } from './announce.ts';

/** A VIP is announced so often, once a second: one frame may be lost. */
const ANNOUNCEMENTS = 3;

/** Stands behind a noted VIP that is being taken off. */
const LEAVES = 'leaves';

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
  /** Those that could not be put back, each said once. */
  #lost: readonly Vip[] = [];

  constructor(file: string, faults: FaultCounts, log: EngineLog) {
    this.#file = file;
    this.#faults = faults;
    this.#log = log;
  }

  /**
   * What an earlier process has noted, and not taken away; lines that make no sense are passed over. What it was killed in the middle of
   * taking off is taken off now.
   * @throws WeirError STATE_UNREADABLE
   */
  adopt(): Vip[] {
    const noted = this.#read().flatMap((line) => {
      const [address = '', name = '', mark] = line.split(' ');
      return name === '' || !isIpAddress(address)
        ? []
        : [{ vip: { address, interface: name }, leaves: mark === LEAVES }];
    });
    const vips = noted.filter(({ leaves }) => !leaves).map(({ vip }) => vip);
    const leaving = noted.filter(({ leaves }) => leaves).map(({ vip }) => vip);
    if (leaving.length > 0) {
      ip(leaving.map(removal), true);
      this.#note(vips);
    }
    return vips;
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
    this.#note(after, removed);
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
    const reason = ip(missing.map(addition), true);
    const now = missing.length === 0 ? links : addressesNow();
    const lost = missing.filter((vip) => !isOn(now, vip));
    const news = (otherwise ? there : missing).filter((vip) => !lost.includes(vip));
    if (!otherwise) this.#noteBack(news);
    this.#noteLost(lost, reason);
    this.#announceSoon(news);
  }

  /** Tries again what could not be put back; called once a second. */
  retry(vips: readonly Vip[]): void {
    if (this.#lost.length > 0) this.restore(vips, false);
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

  #noteBack(vips: readonly Vip[]): void {
    for (const vip of vips) {
      const { address, interface: name } = vip;
      if (!has(this.#lost, vip)) this.#faults.note('vip-gone');
      this.#log.warn(
        { fault: 'vip-gone', interface: name, vip: address },
        `${address} was no longer on ${name}: it is there again`,
      );
    }
  }

  #noteLost(vips: readonly Vip[], reason: string): void {
    for (const vip of vips.filter((one) => !has(this.#lost, one))) {
      const { address, interface: name } = vip;
      this.#faults.note('vip-gone');
      this.#log.error(
        { fault: 'vip-gone', interface: name, vip: address, found: reason },
        `${address} is no longer on ${name} and cannot be put there: it is tried again every second`,
      );
    }
    this.#lost = vips;
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

  #read(): string[] {
    if (!existsSync(this.#file)) return [];
    try {
      return readFileSync(this.#file, 'utf8').split('\n');
    } catch (error) {
      throw new WeirError('STATE_UNREADABLE', 'the VIPs that the director owns cannot be read', {
        where: this.#file,
        found: error instanceof Error ? error.message : String(error),
        fix: 'move it away; the addresses that it named stay on their interfaces',
        cause: error,
      });
    }
  }

  /** At every moment the file holds the old list or the new, whole. @throws WeirError STATE_UNWRITABLE */
  #note(vips: readonly Vip[], leaving: readonly Vip[] = []): void {
    const line = ({ address, interface: name }: Vip): string => `${address} ${name}`;
    const lines = [...leaving.map((vip) => `${line(vip)} ${LEAVES}\n`), ...vips.map((vip) => `${line(vip)}\n`)];
    try {
      writeFileSync(`${this.#file}.new`, lines.join(''));
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
  const { stdout, stderr, status, error } = spawnSync('ip', ['-json', 'address', 'show'], { encoding: 'utf8' });
  if (error !== undefined) throw startError('ip', error);
  if (status === 0) return readIpLinks(stdout);
  throw new WeirError('KERNEL_CALL_FAILED', 'cannot read the addresses of this host', { found: stderr.trim() });
}

/** Runs lines of `ip` in one process. @param lenient go on with the next line where one fails @returns what it said */
function ip(lines: readonly string[], lenient = false): string {
  if (lines.length === 0) return '';
  const argv = [...(lenient ? ['-force'] : []), '-batch', '-'];
  const { status, stderr, error } = spawnSync('ip', argv, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  if (error !== undefined) throw startError('ip', error);
  if (status === 0 || lenient) return stderr.trim();
  throw new WeirError('KERNEL_CALL_FAILED', `ip refused: ${stderr.split('\n')[0]}`, { found: lines.join('; ') });
}
