/** The longest Call-ID that is used, in bytes (IP_VS_PEDATA_MAXLEN). */
export const LONGEST_CALL_ID = 255;

/**
 * Where the search for a Call-ID stands after a byte. Line ends are CR, LF or both; a header begins a line other than the first, its
 * name is `Call-ID`, or `i` in the compact form (RFC 3261 section 7.3.3), in letters of either case; its value is one or two `word`s of
 * section 25.1, joined by `@`, that end with the line. Behind the name and before the value a line may be folded once.
 */
const STATES = [
  'TX', // inside a line
  'CR', // after a carriage return
  'NL', // at the beginning of a line
  'N1', // after c
  'N2', // ca
  'N3', // cal
  'N4', // call
  'N5', // call-
  'N6', // call-i
  'CI', // after i alone
  'NA', // behind the name
  'NC', // the same, after a carriage return
  'NF', // after a line end: only if the line is folded
  'NB', // in the folded line
  'VA', // behind the colon, and the three likewise
  'VC',
  'VF',
  'VB',
  'ID', // in the first word
  'AT', // after @
  'DO', // in the second word
  'OK', // found
  'NO', // there is none
] as const;
type State = (typeof STATES)[number];

/** What kinds of bytes there are, in the order of the columns below. */
const KINDS = ['cr', 'lf', 'blank', ':', '@', 'c', 'a', 'l', '-', 'i', 'd', 'letter', 'word', 'other'] as const;
type Kind = (typeof KINDS)[number];

/** The next state, by kind of byte. */
const MOVES: Readonly<Record<State, readonly State[]>> = {
  //      cr lf bl :  @  c  a  l  -  i  d  le wo ot
  TX: row('CR NL TX TX TX TX TX TX TX TX TX TX TX TX'),
  CR: row('TX NL TX TX TX N1 TX TX TX CI TX TX TX TX'),
  NL: row('TX TX TX TX TX N1 TX TX TX CI TX TX TX TX'),
  N1: row('CR NL TX TX TX TX N2 TX TX TX TX TX TX TX'),
  N2: row('CR NL TX TX TX TX TX N3 TX TX TX TX TX TX'),
  N3: row('CR NL TX TX TX TX TX N4 TX TX TX TX TX TX'),
  N4: row('CR NL TX TX TX TX TX TX N5 TX TX TX TX TX'),
  N5: row('CR NL TX TX TX TX TX TX TX N6 TX TX TX TX'),
  N6: row('CR NL TX TX TX TX TX TX TX TX NA TX TX TX'),
  CI: row('NC NF NA VA NO TX TX TX NO TX TX TX NO NO'),
  NA: row('NC NF NA VA NO NO NO NO NO NO NO NO NO NO'),
  NC: row('NO NF NB NO NO NO NO NO NO NO NO NO NO NO'),
  NF: row('NO NO NB NO NO NO NO NO NO NO NO NO NO NO'),
  NB: row('NO NO NB VA NO NO NO NO NO NO NO NO NO NO'),
  VA: row('VC VF VA ID TX ID ID ID ID ID ID ID ID TX'),
  VC: row('NO VF VB NO NO NO NO NO NO NO NO NO NO NO'),
  VF: row('NO NO VB NO NO NO NO NO NO NO NO NO NO NO'),
  VB: row('CR NL VB ID TX ID ID ID ID ID ID ID ID TX'),
  ID: row('OK OK NO ID AT ID ID ID ID ID ID ID ID NO'),
  AT: row('CR NL TX DO TX DO DO DO DO DO DO DO DO TX'),
  DO: row('OK OK NO DO NO DO DO DO DO DO DO DO DO NO'),
  OK: row('OK OK OK OK OK OK OK OK OK OK OK OK OK OK'),
  NO: row('NO NO NO NO NO NO NO NO NO NO NO NO NO NO'),
};

/**
 * The Call-ID of a SIP message, by which the persistence engine `sip` keeps the messages of a call together (ip_vs_pe_sip.c; recorded:
 * wire/persistent-sip, conn/nat-udp-sip). A character stands for a byte.
 * @param payload of a UDP packet
 * @returns undefined if there is none, or none that can be used
 */
export function callIdOf(payload: Uint8Array): string | undefined {
  let state: State = 'TX';
  let found = '';
  for (const byte of payload) {
    state = MOVES[state][KIND_OF_BYTE[byte]!]!;
    if (state === 'OK') return found;
    if (state === 'VA') found = '';
    else if (state === 'ID' || state === 'AT' || state === 'DO') found += String.fromCharCode(byte);
    if (state === 'NO' || found.length > LONGEST_CALL_ID) return undefined;
  }
  return undefined;
}

/** Places in `KINDS`. */
const KIND_OF_BYTE: readonly number[] = Array.from({ length: 256 }, (_, byte) => KINDS.indexOf(kindOf(byte)));

function kindOf(byte: number): Kind {
  const character = String.fromCharCode(byte).toLowerCase();
  if (character === '\r') return 'cr';
  if (character === '\n') return 'lf';
  if (character === ' ' || character === '\t') return 'blank';
  const named = KINDS.find((kind) => kind === character);
  if (named !== undefined) return named;
  if (isLetter(byte)) return 'letter';
  return /[\w.!%*+`'~()<>\\"/[\]?{}]/.test(character) ? 'word' : 'other';
}

/** Of ASCII or Latin-1, as the kernel's ctype has it. */
function isLetter(byte: number): boolean {
  const upper = byte & 0xdf;
  return (upper >= 0x41 && upper <= 0x5a && byte < 0x80) || (byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7);
}

function row(text: string): State[] {
  return text.split(' ').map((name) => STATES.find((state) => state === name)!);
}
