import type { ErrorCode } from '../base/error.ts';

/** HTTP status for an error code; those that are not here are refusals of a well-formed request: 422. */
const STATUS_OF_CODE = {
  REQUEST_INVALID: 400,
  PRIVILEGE_MISSING: 403,
  SERVICE_UNKNOWN: 404,
  DESTINATION_UNKNOWN: 404,
  MARK_UNKNOWN: 404,
  SOURCE_UNKNOWN: 404,
  SERVICE_EXISTS: 409,
  DESTINATION_EXISTS: 409,
  MARK_EXISTS: 409,
  SOURCE_IN_USE: 409,
  VERSION_CONFLICT: 409,
  ENGINE_UNSUPPORTED: 501,
  ENGINE_FULL: 507,
  STATE_UNWRITABLE: 507,
  KERNEL_CALL_FAILED: 500,
  INTERNAL: 500,
} as const satisfies Partial<Record<ErrorCode, number>>;

const REFUSED = 422;

export type ErrorStatus = (typeof STATUS_OF_CODE)[keyof typeof STATUS_OF_CODE] | typeof REFUSED;

export function statusOfCode(code: ErrorCode): ErrorStatus {
  const known: Partial<Record<ErrorCode, ErrorStatus>> = STATUS_OF_CODE;
  return known[code] ?? REFUSED;
}
