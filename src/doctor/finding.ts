import type { Patient, Tool } from './facts.ts';

/** The same in both languages. */
export interface Text {
  en: string;
  zh: string;
}

export type Language = keyof Text;

/** `error`: it does not work like this. `warning`: it breaks, or will. `hint`: it works, perhaps not as expected. */
export type Severity = 'error' | 'warning' | 'hint';

/** `certain`: read off. `likely`: follows from what was seen. `possible`: one of several causes. */
export type Confidence = 'certain' | 'likely' | 'possible';

export interface Evidence {
  /** What shows it again: `sysctl net.ipv4.ip_forward`. */
  command: string;
  value: string;
  /** The same in Chinese, where the value is no output of the command but says what it shows. */
  valueZh?: string;
}

/** One line for a shell, and the host to type it at. */
export interface Fix {
  host: string;
  command: string;
  /** The line that takes it back; absent where it is not ours to take back. */
  undo?: string;
}

export interface Finding {
  severity: Severity;
  confidence: Confidence;
  /** The host that is to be mended, or that shows it. */
  host: string;
  evidence: readonly Evidence[];
  /** What is wrong and what follows from it, with the names of this case. */
  explanation: Text;
  fix: Fix | undefined;
}

/** The host of the director, that of a real server, or what answers when the director asks the network. */
export type Look = 'director' | 'real server' | 'network';

/** A misconfiguration that everybody makes, and how it shows. One file in rules/. */
export interface Rule {
  /** Stable; also the section in docs/doctor-rules.md. */
  id: string;
  /** In research and lessons. */
  number: number;
  title: Text;
  /** Where it can be seen; one of them is enough. */
  looks: readonly Look[];
  /** The faults of the lab (src/lab/faults) that it names. */
  faults: readonly string[];
  /** Without these programs of the host it can neither find nor deny anything there. */
  needs?: readonly Tool[];
  examine(patient: Patient): Finding[];
}

/** A finding with the rule that made it. */
export interface Diagnosis extends Finding {
  rule: string;
  number: number;
  title: Text;
}
