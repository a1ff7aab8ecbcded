import { WeirError } from '../base/error.ts';

/**
 * Says plainly when this machine cannot have a lab.
 * @param why what root is needed for
 * @throws WeirError PLATFORM_UNSUPPORTED away from Linux, PRIVILEGE_MISSING for other users than root
 */
export function requireRoot(why: string): void {
  if (process.platform !== 'linux') {
    throw new WeirError('PLATFORM_UNSUPPORTED', 'Weir forwards in the Linux kernel, and this is not Linux', {
      expected: 'Linux 6.1 or later',
      found: process.platform,
      fix: 'use a Linux machine or a virtual machine with Debian 12',
    });
  }
  if (process.geteuid?.() === 0) return;
  throw new WeirError('PRIVILEGE_MISSING', why, {
    expected: 'user root',
    found: `user id ${process.geteuid?.() ?? 'unknown'}`,
    fix: 'repeat the command with sudo',
  });
}
