import { afterEach, expect, test } from 'vitest';
import { openEbpfEngine } from '../engine/ebpf/engine.ts';
import { requireRoot } from './platform.ts';

const { platform } = process;
const { geteuid } = process;

afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  Object.defineProperty(process, 'geteuid', { value: geteuid, configurable: true, writable: true });
});

test('a lab away from Linux is refused with PLATFORM_UNSUPPORTED, and so is the engine', async () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  expect(() => requireRoot('for this')).toThrow(
    expect.objectContaining({ code: 'PLATFORM_UNSUPPORTED', found: 'darwin' }),
  );
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const options = { hook: 'auto', runFolder: '/nowhere', connections: 1024, log } as const;
  await expect(openEbpfEngine(options)).rejects.toMatchObject({ code: 'PLATFORM_UNSUPPORTED' });
});

test('a lab for another user than root is refused with PRIVILEGE_MISSING', () => {
  Object.defineProperty(process, 'geteuid', { value: () => 1000, configurable: true, writable: true });
  expect(() => requireRoot('for this')).toThrow(
    expect.objectContaining({ code: 'PRIVILEGE_MISSING', message: 'for this', found: 'user id 1000' }),
  );
});
