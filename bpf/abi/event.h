/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs tell while somebody observes them (weir observe). Part of abi.h. */
#ifndef WEIR_ABI_EVENT_H
#define WEIR_ABI_EVENT_H

#include <linux/types.h>

/* Bytes of the ring in which events wait for user space: a power of two. */
#define WEIR_EVENT_RING 1048576
/* Events that a processor tells in a tick; more are lost, and counted. */
#define WEIR_EVENTS_A_TICK 64

/* Bits of weir_settings.observed count from these. */
enum weir_event_kind {
	WEIR_EVENT_NEW = 0,
	WEIR_EVENT_CLOSED = 1,
	WEIR_EVENT_EVICTED = 2,
	WEIR_EVENT_DROPPED = 3,
	WEIR_EVENT_KINDS = 4,
};

enum weir_event_flag {
	/* Of a connection: it is a template. */
	WEIR_EVENT_IS_TEMPLATE = 1,
	/* Of a template: it was out of the lookup before. */
	WEIR_EVENT_IS_HIDDEN = 2,
	/* Of a template: one of its connections was established, or answered by a datagram. */
	WEIR_EVENT_IS_ASSURED = 4,
	/* Of a packet: its ports could be read. */
	WEIR_EVENT_HAS_PORTS = 8,
	/* By full NAT: `source` is what the real server sees. */
	WEIR_EVENT_HAS_SOURCE = 16,
};

/* IPv4 in the first words. A packet that was dropped has its source as `client` and its target as `virtual_address`. */
struct weir_event {
	__u64 time;        /* ns, CLOCK_MONOTONIC */
	__be32 client[4];
	__be32 virtual_address[4];
	__be32 server[4];
	__be32 source[4];
	__be16 client_port;
	__be16 virtual_port;
	__be16 server_port;
	__be16 source_port;
	__u32 every;       /* so many of its kind this one stands for */
	__u32 length;      /* of the frame that was dropped */
	__u16 reason;      /* enum weir_reason, of what was dropped */
	__u8 kind;         /* enum weir_event_kind */
	__u8 flags;        /* enum weir_event_flag */
	__u8 state;        /* enum weir_state */
	__u8 protocol;
	__u8 family;       /* AF_INET, AF_INET6; 0: the packet could not be read */
	__u8 server_family;
};

/* What one teller keeps: each processor for its packets, and for the sweeper. */
struct weir_teller {
	__u64 lost;                    /* events that found no room */
	__u32 tick;
	__u32 told;                    /* in this tick */
	__u32 turns[WEIR_EVENT_KINDS]; /* since the last that was told, for `observe_every` */
};

#endif
