import { RouteSocket } from './route-socket.ts';

/** Interfaces, what hangs on them at TC, and their addresses (include/uapi/linux/rtnetlink.h). */
const RTMGRP_LINK = 0x1;
const RTMGRP_TC = 0x8;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;
/** Messages taken at once; more than the socket has room for by default. */
const MOST_MESSAGES = 4096;

/** What has happened since it was asked last. */
export interface LinkNews {
  /** Something about an interface is another now, or may be: read them anew. */
  changed: boolean;
  /** The kernel had more to tell than the socket has room for: some of it is lost. */
  overrun: boolean;
}

/**
 * Hears that interfaces of this network namespace have changed, and not what: who wants to know that reads them anew, so that a message
 * that is lost costs nothing but that. Nothing blocks.
 */
export class LinkMonitor {
  readonly #socket = new RouteSocket(RTMGRP_LINK | RTMGRP_TC | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);

  /** @throws WeirError KERNEL_CALL_FAILED */
  read(): LinkNews {
    const news: LinkNews = { changed: false, overrun: false };
    for (let count = 0; count < MOST_MESSAGES; count++) {
      const message = this.#socket.receive();
      if (message === undefined) break;
      news.changed = true;
      news.overrun ||= message === 'overrun';
    }
    return news;
  }

  close(): void {
    this.#socket.close();
  }
}
