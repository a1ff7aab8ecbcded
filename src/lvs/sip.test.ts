import { describe, expect, it } from 'vitest';
import { callIdOf } from './sip.ts';

const callId = (text: string) => callIdOf(new TextEncoder().encode(text));

describe('the Call-ID of a SIP message', () => {
  it.each([
    ['INVITE sip:a@b SIP/2.0\r\nCall-ID: one@example.test\r\n\r\n', 'one@example.test'],
    ['INVITE sip:a@b SIP/2.0\r\nCALL-id :  one@d\r\n\r\n', 'one@d'],
    ['INVITE sip:a@b SIP/2.0\r\ni: one\r\n\r\n', 'one'],
    ['INVITE\nX: y\nCall-ID:a\n', 'a'],
  ])('of %j is %s', (text, expected) => {
    expect(callId(text)).toBe(expected);
  });

  it.each([
    'INVITE sip:a@b SIP/2.0\r\nFrom: x\r\n\r\n',
    'Call-ID: in-the-first-line\r\n',
    'INVITE\r\nidentity: x\r\n',
    'INVITE\r\nCall-ID: a b\r\n',
    'INVITE\r\nCall-ID: unfinished',
    `INVITE\r\nCall-ID: ${'x'.repeat(256)}\r\n`,
    '',
  ])('is missing in %j', (text) => {
    expect(callId(text)).toBeUndefined();
  });
});
