import type { LiveResult } from '../live/result.ts';

/** What the suite `kernel` writes. */
export interface KernelResult extends LiveResult {
  /** Measured in a virtual machine, perhaps one whose processor is emulated: then ratios count alone. */
  virtual: boolean;
  /** The clock there counts instructions: what is called a nanosecond is one. */
  counted: boolean;
}
