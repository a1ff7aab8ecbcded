/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the forwarding programs and user space share. The TypeScript codec (src/kernel/abi.generated.ts) is generated from the BTF of
 * the compiled objects, so this file is the only place where a structure or an enumeration is written down.
 *
 * Byte order: __be16 and __be32 fields are in network order, everything else is the host's.
 * Time: a tick is 2^20 ns (1.048576 ms) of the kernel's coarse monotonic clock plus `weir_settings.clock_ahead`; ticks wrap
 * after 52 days, and one that is ahead of the present by no more than the slack counts as the present.
 */
#ifndef WEIR_ABI_H
#define WEIR_ABI_H

#include <linux/types.h>

/* Part of the path of the pins: programs and daemons of different versions never meet at one table. */
enum weir_abi {
	WEIR_ABI_VERSION = 1,
};

#define WEIR_TICK_SHIFT 20
/* Ticks by which clocks read at different places may differ: a good minute. */
#define WEIR_CLOCK_SLACK 65536u

#define WEIR_REASON_CLASS_SHIFT 5
#define WEIR_CLASS_DROP 2

/*
 * Why a packet went where it went. The class is reason >> 5: 0 forwarded, 1 passed to the kernel's own stack, 2 dropped.
 * Every packet that reaches a program is counted under exactly one reason.
 */
enum weir_reason {
	WEIR_REASON_NONE = 0,
	/* forwarded */
	WEIR_REASON_MASQUERADED = 1,
	WEIR_REASON_REPLY_RESTORED = 2,
	WEIR_REASON_ROUTED = 3,
	/* passed to the stack, unchanged */
	WEIR_REASON_NOT_IP = 32,
	WEIR_REASON_NOT_FOR_US = 33,
	WEIR_REASON_MALFORMED = 34,
	WEIR_REASON_FRAGMENT = 35,
	WEIR_REASON_PROTOCOL = 36,
	WEIR_REASON_NO_SERVICE = 37,
	WEIR_REASON_NOT_SYN = 38,
	WEIR_REASON_SOURCE_PORT_20 = 39,
	/* XDP only: the TC program on the same interface takes it from here */
	WEIR_REASON_NEIGHBOUR_UNKNOWN = 40,
	WEIR_REASON_NO_XDP_ON_WAY_OUT = 41,
	/* dropped */
	WEIR_REASON_IP_CHECKSUM = 64,
	WEIR_REASON_TTL_EXPIRED = 65,
	WEIR_REASON_NO_DESTINATION = 66,
	WEIR_REASON_DESTINATION_GONE = 67,
	WEIR_REASON_TABLE_FULL = 68,
	WEIR_REASON_NO_ROUTE = 69,
	WEIR_REASON_FORWARDING_OFF = 70,
	WEIR_REASON_TOO_BIG = 71,
	WEIR_REASON_REWRITE_FAILED = 72,
	WEIR_REASON_METHOD_UNSUPPORTED = 73,
	WEIR_REASON_INTERNAL = 74,
	WEIR_REASONS = 96,
};

/* Connection states, numbered and named as the kernel's (include/net/ip_vs.h). */
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
	WEIR_STATES = 12,
	/* Tables by state have a power of two of rows, so that a mask bounds the index. */
	WEIR_STATE_SLOTS = 16,
};

enum weir_scheduler {
	WEIR_SCHEDULER_NONE = 0,
	WEIR_SCHEDULER_RR = 1,
	WEIR_SCHEDULER_WRR = 2,
};

enum weir_method {
	WEIR_METHOD_MASQUERADE = 0,
	WEIR_METHOD_ROUTE = 1,
	WEIR_METHOD_TUNNEL = 2,
};

/* Which of the two entries of a connection a packet has met. */
enum weir_role {
	WEIR_ROLE_REQUEST = 0,
	WEIR_ROLE_REPLY = 1,
};

enum weir_destination_flag {
	/* Unset: deleted, kept only for the connections that still point at it. */
	WEIR_DESTINATION_AVAILABLE = 1,
};

/* A flow as its packets carry it: request entries client -> VIP, reply entries real server -> client. */
struct weir_flow {
	__be32 source;
	__be32 target;
	__be16 source_port;
	__be16 target_port;
	__u8 protocol;
	__u8 zero[3];
};

/*
 * One direction of a connection. A connection forwarded by masquerading has two entries, any other one.
 * The request entry owns the state; the reply entry's is a copy that may lag behind.
 */
struct weir_connection {
	__u32 seen;        /* tick of the last packet of this direction */
	__u32 timeout;     /* ticks from `seen` until the end, as decided by that packet */
	__u32 state;       /* enum weir_state, changed by compare-and-swap */
	__u32 service;     /* the service it was made for; its packets count for the one that the destination belongs to */
	__u32 destination; /* index into destinations */
	__be32 address;    /* request entry: the real server; reply entry: the VIP */
	__be16 port;       /* request entry: its port; reply entry: the virtual port */
	__u8 role;         /* enum weir_role */
	__u8 method;       /* enum weir_method */
};

struct weir_service_key {
	__be32 address[4]; /* IPv4 in the first word, the rest zero */
	__be16 port;
	__u8 protocol;
	__u8 family;       /* AF_INET, AF_INET6 */
};

/*
 * A service is published by one replacement of this value; `slots` of an older value are reused only after a grace period.
 * Slots hold destination indices in the order of adding, so that one more is written behind the list that packets still walk.
 * Schedulers walk them backwards: position 0 is the last added.
 */
struct weir_service {
	__u32 id;
	__u32 slots;
	__u32 count;
	__u16 scheduler;     /* enum weir_scheduler */
	__u16 flags;         /* of the scheduler: bits as in ipvsadm's -b */
	__u16 epoch;         /* weir_cursor of another epoch is stale: start from the three fields below */
	__u16 position;
	__s32 current_weight;
	__s32 max_weight;    /* wrr: greatest weight - (step - 1) */
	__s32 step;          /* wrr: greatest common divisor of the weights */
	__u32 added;         /* rises with every service ever added: restores the order of adding */
};

/* Where round robin stands, in one word so that it moves by compare-and-swap. position: the one after the last choice. */
struct weir_cursor {
	__u16 epoch;
	__u16 position;
	__s32 current_weight;
};

struct weir_destination {
	__be32 address[4];
	__be16 port;
	__u8 method;
	__u8 flags;
	__s32 weight;
	__u32 upper_threshold;
	__u32 lower_threshold;
	__u32 service;
};

/* Written by the programs alone. */
struct weir_load {
	__u32 active;
	__u32 inactive;
	__u32 persistent;
	__u16 request_checked; /* second in which a request, or a reply, was last sent by the stack; see hop_is_due */
	__u16 reply_checked;
};

struct weir_counters {
	__u64 connections;
	__u64 in_packets;
	__u64 in_bytes;
	__u64 out_packets;
	__u64 out_bytes;
};

struct weir_settings {
	__u64 clock_ahead;             /* ns */
	__u32 timeouts[WEIR_STATE_SLOTS]; /* ticks, by enum weir_state */
	__u32 services;                /* number of services; 0: everything passes */
	__u32 shards;                  /* number of shards of the connection table, a power of two */
	__u32 no_xdp_tx;               /* 1: send by redirect also where a packet came in; veth's XDP_TX needs a program on the peer */
	__u32 version;                 /* of the table of services; user space's own */
	__u32 added;                   /* services ever added; user space's own */
};

/* An interface with XDP, in slot index & (WEIR_INTERFACE_SLOTS - 1). */
#define WEIR_INTERFACE_SLOTS 1024
struct weir_interface {
	__u32 index;
	__u8 mac[6];
	__u8 zero[2];
};

/* Argument and result of the sweeper: one shard a run. */
struct weir_sweep {
	__u32 shard;     /* in */
	__u32 now;       /* out: the tick it worked with */
	__u32 requests;  /* out: request entries that stay */
	__u32 replies;   /* out: reply entries that stay */
	__u32 expired;   /* out: connections that ended */
	__u32 orphans;   /* out: reply entries without a connection */
};

/* Argument of the mender: a lasting difference between a load counter and the connection table. */
struct weir_mend {
	__u32 destination;
	__s32 active;
	__s32 inactive;
};

#endif
