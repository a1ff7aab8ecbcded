import { WeirError } from '../base/error.ts';

/** Any failure as a WeirError; what is none already is a defect of Weir. */
export function asWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const found = error instanceof Error ? error.message : String(error);
  return new WeirError('INTERNAL', 'Weir failed in a way it should not', {
    found,
    fix: 'report it with the log of the director',
    cause: error,
  });
}
