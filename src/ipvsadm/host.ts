import type { Director } from './director.ts';
import type { NameService } from './names.ts';

/** What the command line needs of its surroundings: a process, or a page in a browser. */
export interface IpvsadmHost {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Everything that comes on standard input. */
  stdin(): Promise<string>;
  director: Director;
  names: NameService;
}
