/**
 * The one error class of Weir. A `code` is stable and documented in docs/errors.md; everything else is for people.
 *
 * An error says what was expected, what was found, where, and what to do about it. `errno` is set where the Linux kernel's
 * IPVS would answer the same request with that errno (`EEXIST`, `ESRCH` ...), so that `ipvsadm` can print its own words.
 */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly errno: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly where: string | undefined;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WeirError';
    this.code = code;
    this.errno = details.errno;
    this.expected = details.expected;
    this.found = details.found;
    this.where = details.where;
    this.fix = details.fix;
  }

  /** The error as lines for a terminal: the message, then one line for each detail that is known. */
  describe(): string {
    const lines = [this.message];
    for (const name of ['where', 'expected', 'found', 'fix'] as const) {
      const value = this[name];
      if (value !== undefined) lines.push(`  ${name}: ${value}`);
    }
    return lines.join('\n');
  }

  /** The error as it travels in JSON. `WeirError.fromJSON` is the inverse, apart from the cause and the stack. */
  toJSON(): ErrorJSON {
    const json: ErrorJSON = { code: this.code, message: this.message };
    for (const name of ['errno', 'expected', 'found', 'where', 'fix'] as const) {
      const value = this[name];
      if (value !== undefined) json[name] = value;
    }
    return json;
  }

  static fromJSON(json: ErrorJSON): WeirError {
    const { code, message, ...details } = json;
    return new WeirError(code, message, details);
  }
}

export interface ErrorDetails {
  errno?: string;
  expected?: string;
  found?: string;
  where?: string;
  fix?: string;
  cause?: unknown;
}

export interface ErrorJSON extends Omit<ErrorDetails, 'cause'> {
  code: ErrorCode;
  message: string;
}

/** Every code there is, by area. A new code gets a section in docs/errors.md; a test holds the two together. */
export const ERROR_CODES = [
  // bytes and text (src/net)
  'ADDRESS_INVALID',
  'FRAME_INVALID',
  'CAPTURE_INVALID',
  // the table of services (src/lvs)
  'SERVICE_EXISTS',
  'SERVICE_UNKNOWN',
  'SCHEDULER_UNKNOWN',
  'PERSISTENCE_ENGINE_UNKNOWN',
  'DESTINATION_EXISTS',
  'DESTINATION_UNKNOWN',
  'DESTINATION_INVALID',
  'SERVICE_INVALID',
  'THRESHOLD_INVALID',
  'TIMEOUT_INVALID',
  'SETTING_INVALID',
  'MARK_INVALID',
  'MARK_EXISTS',
  'MARK_UNKNOWN',
  'SOURCE_INVALID',
  'SOURCE_UNKNOWN',
  'SOURCE_IN_USE',
  'VIP_INVALID',
  'VIP_UNKNOWN',
  'VIP_TAKEN',
  'SYNC_DAEMON_INVALID',
  'SYNC_DAEMON_EXISTS',
  'SYNC_DAEMON_UNKNOWN',
  'VERSION_CONFLICT',
  // engines
  'ENGINE_UNSUPPORTED',
  'ENGINE_FULL',
  // the kernel (src/kernel)
  'KERNEL_CALL_FAILED',
  'KERNEL_FEATURE_MISSING',
  'PRIVILEGE_MISSING',
  'HOOK_OCCUPIED',
  'INTERFACE_UNKNOWN',
  'OBJECT_INVALID',
  'PINS_INCOMPATIBLE',
  // the daemon and its clients
  'DAEMON_UNREACHABLE',
  'DAEMON_RUNNING',
  'REQUEST_INVALID',
  'STATE_UNREADABLE',
  'STATE_UNWRITABLE',
  'RULES_INVALID',
  'USAGE',
  // captures
  'CAPTURE_FAILED',
  // the set-up of hosts
  'SETUP_INVALID',
  'SETUP_FAILED',
  // the doctor
  'DOCTOR_FAILED',
  // the lab
  'LAB_UNKNOWN',
  'LAB_BUSY',
  'LAB_FAILED',
  'TOPOLOGY_INVALID',
  'TOOL_MISSING',
  'PLATFORM_UNSUPPORTED',
  // a defect of Weir itself
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error of the operating system as Node throws it; `code` is its name, `ENOENT` and the like. */
export interface SystemError extends Error {
  code?: string;
  syscall?: string;
}

export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
