import { describe, expect, it } from 'vitest';
import { callIdOf } from './sip.ts';

const callId = (text: string) => callIdOf(Uint8Array.from(text, (character) => character.charCodeAt(0)));

describe('the Call-ID of a SIP message', () => {
  it.each([
    ['INVITE sip:a@b SIP/2.0\r\nCall-ID: one@example.test\r\n\r\n', 'one@example.test'],
    ['INVITE sip:a@b SIP/2.0\r\nCALL-id :  one@d\r\n\r\n', 'one@d'],
    ['INVITE sip:a@b SIP/2.0\r\ni: one\r\n\r\n', 'one'],
    ['INVITE\nX: y\nCall-ID:a\n', 'a'],
    ['INVITE\rCall-ID:a\r', 'a'],
    ['INVITE\r\nCall-ID\r\n : a\r\n', 'a'],
    ['INVITE\r\nCall-ID:\r\n\ta\r\n', 'a'],
    ['INVITE\r\nidentity: x\r\nCall-ID: a\r\n', 'a'],
    ['INVITE\r\nCal\r\nCall-ID: a\r\n', 'a'],
    ['INVITE\r\nCall-ID: ;x\r\nCall-ID: a\r\n', 'a'],
    ['INVITE\r\nCall-ID: a@\r\nCall-ID: b\r\n', 'b'],
    ['INVITE\r\nCall-ID: -.!%*_+`\'~()<>:\\"/[]?{}@0\r\n', '-.!%*_+`\'~()<>:\\"/[]?{}@0'],
    ['INVITE\r\nCall-ID: \u00e9\u00df\r\n', '\u00e9\u00df'],
    [`INVITE\r\nX: ${'y'.repeat(9000)}\r\nCall-ID: far\r\n`, 'far'],
    [`INVITE\r\nCall-ID: ${'x'.repeat(255)}\r\n`, 'x'.repeat(255)],
  ])('of %j is %s', (text, expected) => {
    expect(callId(text)).toBe(expected);
  });

  it.each([
    'INVITE sip:a@b SIP/2.0\r\nFrom: x\r\n\r\n',
    'Call-ID: in-the-first-line\r\n',
    'INVITE\r\nidentity: x\r\n',
    'INVITE\r\n Call-ID: folded\r\n',
    'INVITE\r\nCall-ID: a b\r\n',
    'INVITE\r\nCall-ID: a@b@c\r\n',
    'INVITE\r\nCall-ID: \u00d7\r\n',
    'INVITE\r\nCall-ID:\r\n\r\n',
    'INVITE\r\nCall-ID: unfinished',
    'INVITE\r\nCall-ID',
    'INVITE\r\nCall-ID-Of: x\r\nCall-ID: a\r\n',
    `INVITE\r\nCall-ID: ${'x'.repeat(256)}\r\n`,
    '',
  ])('is missing in %j', (text) => {
    expect(callId(text)).toBeUndefined();
  });
});
