/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* States of connections. Part of abi.h. */
#ifndef WEIR_ABI_STATE_H
#define WEIR_ABI_STATE_H

#include <linux/types.h>

/*
 * Connection states. TCP's are numbered and named as the kernel's (include/net/ip_vs.h); SCTP's follow in the kernel's order. C is the
 * client's packet, S the server's.
 */
enum weir_state {
	WEIR_STATE_NONE = 0,
	WEIR_STATE_ESTABLISHED = 1,
	WEIR_STATE_SYN_SENT = 2,
	WEIR_STATE_SYN_RECV = 3,
	WEIR_STATE_FIN_WAIT = 4,
	WEIR_STATE_TIME_WAIT = 5,
	WEIR_STATE_CLOSE = 6,
	WEIR_STATE_CLOSE_WAIT = 7,
	WEIR_STATE_LAST_ACK = 8,
	WEIR_STATE_LISTEN = 9,
	WEIR_STATE_SYNACK = 10,
	WEIR_STATE_UDP = 11,
	WEIR_STATE_SCTP_NONE = 12,
	WEIR_STATE_SCTP_INIT1 = 13,
	WEIR_STATE_SCTP_INIT = 14,
	WEIR_STATE_SCTP_COOKIE_SENT = 15,
	WEIR_STATE_SCTP_COOKIE_REPLIED = 16,
	WEIR_STATE_SCTP_COOKIE_WAIT = 17,
	WEIR_STATE_SCTP_COOKIE = 18,
	WEIR_STATE_SCTP_COOKIE_ECHOED = 19,
	WEIR_STATE_SCTP_ESTABLISHED = 20,
	WEIR_STATE_SCTP_SHUTDOWN_SENT = 21,
	WEIR_STATE_SCTP_SHUTDOWN_RECEIVED = 22,
	WEIR_STATE_SCTP_SHUTDOWN_ACK_SENT = 23,
	WEIR_STATE_SCTP_REJECTED = 24,
	WEIR_STATE_SCTP_CLOSED = 25,
	WEIR_STATES = 26,
	/* Tables by state have a power of two of rows, so that a mask bounds the index. */
	WEIR_STATE_SLOTS = 32,
};

#endif
