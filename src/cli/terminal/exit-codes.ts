import type { ErrorCode } from '../../base/error.ts';

/** What the commands of Weir end with; docs/exit-codes.md explains them. `weir ipvsadm` has ipvsadm's own. */
export const EXIT = {
  ok: 0,
  /** Refused or failed: the request was understood and could not be carried out. Nothing has changed. */
  failed: 1,
  /** The command line is wrong, or there is no director to ask. */
  usage: 2,
  /** A defect of Weir (EX_SOFTWARE of sysexits(3)). */
  defect: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  DAEMON_UNREACHABLE: EXIT.usage,
  INTERNAL: EXIT.defect,
};

export function exitOfCode(code: ErrorCode): ExitCode {
  return EXIT_OF_CODE[code] ?? EXIT.failed;
}
