/** The longest Call-ID that is used, in bytes (ip_vs_pe_sip.c). */
const LONGEST = 255;

/** One or two `word`s of RFC 3261 section 25.1, joined by `@`, that end with the line. */
const CALL_ID = /^[\w\-.!%*+`'~()<>:\\"/[\]?{}]+(?:@[\w\-.!%*+`'~()<>:\\"/[\]?{}]+)?$/;

/** `Call-ID`, or `i` in the compact form (RFC 3261 section 7.3.3), at the start of a line and not in the first. */
const HEADER = /[\r\n]\n?(?:call-id|i(?![a-z]))[ \t]*:[ \t]*([^\r\n]*)[\r\n]/i;

/**
 * The Call-ID of a SIP message, by which the persistence engine `sip` keeps the messages of a call together.
 * @param payload of a UDP packet
 * @returns undefined if there is none, or none that can be used
 */
export function callIdOf(payload: Uint8Array): string | undefined {
  const text = String.fromCharCode(...payload.subarray(0, 4096));
  const value = HEADER.exec(text)?.[1];
  const callId = value === undefined ? undefined : CALL_ID.exec(value)?.[0];
  return callId !== undefined && callId.length <= LONGEST ? callId : undefined;
}
