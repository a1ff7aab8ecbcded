/** Exit codes of ipvsadm. */
export const EXIT = {
  ok: 0,
  /** A list that cannot be made. */
  list: 1,
  /** Arguments that make no sense, or no director. */
  usage: 2,
  /** What the director refuses, and what is no option or no command at all. */
  refused: 255,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The end of a command with a message for standard error. */
export class Refusal extends Error {
  readonly code: ExitCode;
  /** True where ipvsadm leaves the program, and with it a restore; false where only the line at hand has failed. */
  readonly final: boolean;

  /** @param message without the newline at its end */
  constructor(code: ExitCode, message: string, final = true) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.final = final;
  }
}

/** For command lines that do not begin with a command. */
export function tryHelp(): Refusal {
  return new Refusal(EXIT.refused, "Try `ipvsadm -h' or 'ipvsadm --help' for more information.");
}
