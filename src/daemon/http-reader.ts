/** Longest line of a head, in bytes: far more than a director sends, so that what is no HTTP is not read for ever. */
const LONGEST_LINE = 16 * 1024;

const LINE_END = 0x0a;

export interface Head {
  status: number;
  /** By names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** What came is no answer of an HTTP/1.1 server. */
export class NotHttp extends Error {}

/** The connection ended amid an answer; the code is that of a connection that the other side has torn down. */
export class CutShort extends Error {
  readonly code = 'ECONNRESET';
}

/**
 * Reads the answer of an HTTP/1.1 server to one request, as far as RFC 9112 lets a server choose (sections 4 to 7): a body
 * with a length, in chunks, or up to the end of the connection. `node:http` does the same and much more, but loading it takes
 * longer than everything else that `ipvsadm -L` does.
 */
export class HttpReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  /** @param source the bytes of the connection as they come */
  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** @throws NotHttp, CutShort */
  async head(): Promise<Head> {
    const line = await this.#line();
    const status = /^HTTP\/1\.1 (\d{3})(?: |$)/u.exec(line)?.[1];
    if (status === undefined) throw new NotHttp(line);
    const headers = new Map<string, string>();
    for (let field = await this.#line(); field !== ''; field = await this.#line()) {
      const colon = field.indexOf(':');
      if (colon < 1) throw new NotHttp(field);
      headers.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
    }
    return { status: Number(status), headers };
  }

  /** The body that follows the head, in pieces as they come. @throws NotHttp, CutShort */
  async *body({ headers }: Head): AsyncGenerator<Buffer> {
    const length = headers.get('content-length');
    if (headers.get('transfer-encoding') === 'chunked') yield* this.#chunks();
    else if (length !== undefined) yield* this.#exactly(Number(length));
    else yield* this.#toTheEnd();
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const line = await this.#line();
      const size = /^[\da-f]{1,8}(?=;|$)/iu.exec(line)?.[0];
      if (size === undefined) throw new NotHttp(line);
      const length = Number.parseInt(size, 16);
      if (length === 0) return;
      yield* this.#exactly(length);
      if ((await this.#line()) !== '') throw new NotHttp('a chunk without an end');
    }
  }

  async *#exactly(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) await this.#more();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async *#toTheEnd(): AsyncGenerator<Buffer> {
    if (this.#rest.length > 0) yield this.#rest;
    for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) yield next.value;
  }

  /** The next line, without its end (CR LF, or LF alone as RFC 9112 section 2.2 allows). */
  async #line(): Promise<string> {
    let end = this.#rest.indexOf(LINE_END);
    while (end < 0) {
      if (this.#rest.length > LONGEST_LINE) throw new NotHttp('a line without an end');
      await this.#more();
      end = this.#rest.indexOf(LINE_END);
    }
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw new CutShort('the connection ended amid an answer');
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
  }
}
