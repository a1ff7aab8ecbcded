import type { LiveResult } from '../live/result.ts';

/** What the suite `kernel` writes. */
export interface KernelResult extends LiveResult {
  /** Measured in a virtual machine, perhaps one whose processor is emulated: then ratios count alone. */
  virtual: boolean;
}
