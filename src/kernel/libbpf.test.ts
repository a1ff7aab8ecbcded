import { expect, test } from 'vitest';
import { kernelError } from './libbpf.ts';

test('a call that needs a privilege, or one more open file, says what to do', () => {
  expect(kernelError(1, 'load x')).toMatchObject({ code: 'PRIVILEGE_MISSING', fix: 'run it as root' });
  expect(kernelError(24, 'load x')).toMatchObject({
    code: 'KERNEL_CALL_FAILED',
    message: 'load x: too many open files',
    errno: 'EMFILE',
    fix: expect.stringContaining('ulimit -n'),
  });
  expect(kernelError(28, 'load x')).toMatchObject({ code: 'KERNEL_CALL_FAILED', message: 'load x: ENOSPC' });
});
