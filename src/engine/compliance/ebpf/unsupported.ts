import { WeirError } from '../../../base/error.ts';

/** A recording wants what the engine refuses to do: it is not played, and that is no failure. */
export class Unsupported extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Unsupported';
  }
}

/** What the recorded kernel did not have either: `twos`. Refusing it is right. */
const UNKNOWN_TO_THE_KERNEL = /\btwos\b/;

/** True for the refusal of something that the recorded kernel has. */
export function isUnsupported(error: unknown): error is WeirError {
  if (!(error instanceof WeirError)) return false;
  if (error.code === 'ENGINE_UNSUPPORTED') return true;
  const isKind = error.code === 'SCHEDULER_UNKNOWN' || error.code === 'PERSISTENCE_ENGINE_UNKNOWN';
  return isKind && !UNKNOWN_TO_THE_KERNEL.test(error.describe());
}
