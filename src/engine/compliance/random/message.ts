import type { Random } from './random.ts';

/** Random SIP messages: of a few calls, so that their templates are used again, and such whose Call-ID cannot be used. */

const FIRST_LINES = ['INVITE sip:a@b SIP/2.0', 'SIP/2.0 200 OK', 'BYE sip:a@b SIP/2.0', 'Call-ID: first@line'];
const HEADERS = [
  'Via: SIP/2.0/UDP 10.1.0.10:5060;branch=z9hG4bK776asdhds',
  'Call-Info: <http://example.test/>',
  'identity: x',
  'c: application/sdp',
  'Calls: 3',
  'Call-ID-Of: another',
  ' Call-ID: folded',
  '\r\nCall-ID: behind@the.headers',
];
const CALL_IDS = ['a84b4c76e66710@example.test', 'a84b4c76e66710', 'one@example.test', `${'x'.repeat(200)}@far`];
const NAMES = ['Call-ID:', 'Call-ID: ', 'call-id:\t', 'CALL-ID :', 'i: ', 'I:', 'Call-ID:\r\n '];
const ODD_IDS = ['', 'a b', 'a@b@c', 'a@', '@b', ';x', 'x'.repeat(255), 'x'.repeat(256), 'caf\u00e9', '\u00d7'];

/** What a cable carries beside the headers of IPv6 and UDP. */
const LONGEST = 1_400;

/** A UDP payload; a character of what it is made of is a byte. */
export function randomMessage(random: Random): Uint8Array {
  const end = random.pick(['\r\n', '\r\n', '\r\n', '\n', '\r']);
  const callId = `${random.pick(NAMES)}${random.oneIn(6) ? random.pick(ODD_IDS) : random.pick(CALL_IDS)}`;
  const headers = Array.from({ length: random.below(5) }, () =>
    random.oneIn(12)
      ? `X: ${'y'.repeat(random.below(700))}`
      : random.pick(random.oneIn(3) ? HEADERS : HEADERS.slice(0, 5)),
  );
  if (!random.oneIn(12)) headers.splice(random.below(headers.length + 1), 0, callId);
  const text = [random.pick(random.oneIn(8) ? FIRST_LINES : FIRST_LINES.slice(0, 3)), ...headers, '', 'v=0', ''].join(
    end,
  );
  const whole = Uint8Array.from(text.slice(0, LONGEST), (character) => character.charCodeAt(0));
  return random.oneIn(15) ? whole.subarray(0, random.below(whole.length + 1)) : whole;
}
