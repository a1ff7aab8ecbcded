/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs are told of their director: settings, addresses of interest, interfaces. Part of abi.h. */
#ifndef WEIR_ABI_SETTINGS_H
#define WEIR_ABI_SETTINGS_H

#include <linux/types.h>
#include "state.h"

/* User space's word to the programs. What has a name of /proc/sys/net/ipv4/vs means what it means there. */
struct weir_settings {
	__u64 clock_ahead;                /* ns */
	__u32 timeouts[WEIR_STATE_SLOTS]; /* ticks, by enum weir_state */
	__u32 services4;                  /* number of services of IPv4; 0: everything passes */
	__u32 services6;
	__u32 shards4;                    /* number of shards of the connection table, a power of two */
	__u32 shards6;                    /* 0 until there is a service of IPv6 */
	__u32 no_xdp_tx;                  /* 1: send by redirect also where a packet came in; veth's XDP_TX needs a program on the peer */
	__u32 version;                    /* of the table of services; user space's own */
	__u32 added;                      /* services ever added; user space's own */
	__u32 marks;                      /* number of rules that give packets a mark */
	__u32 backup_only;
	__u32 run_estimation;
	__u32 am_droprate;
	__u32 cache_bypass;
	__u32 conn_reuse_mode;
	__u32 drop_entry;
	__u32 drop_packet;
	__u32 expire_nodest_conn;
	__u32 expire_quiescent_template;
	__u32 lblc_expiration;            /* s */
	__u32 lblcr_expiration;           /* s */
	__u32 nat_icmp_send;
	__u32 pmtu_disc;
	__u32 schedule_icmp;
	__u32 secure_tcp;
	__u32 sloppy_sctp;
	__u32 sloppy_tcp;
	__u32 icmp_interval4;             /* ticks in which a client earns another ICMP error; 0: no limit */
	__u32 icmp_interval6;
	__u32 tai_ahead;                  /* s that CLOCK_TAI is ahead of universal time */
	__u32 observed;                   /* which kinds of events somebody wants to know: bits by enum weir_event_kind */
	__u32 observe_every;              /* one of so many of each kind is told */
	struct weir_source_list sources4;
	struct weir_source_list sources6;
	__u32 calls;                      /* 1: the tables of calls have been made */
	__u32 callers;                    /* real servers that may call clients */
	__u32 origins;                    /* real servers whose replies need no entries */
	__u32 generations;                /* destinations and schedulers ever started; user space's own */
	__u64 chance;                     /* 0: random numbers are the kernel's; else the state of those that tests expect */
};

/*
 * Addresses that packets of services carry, VIPs as targets and real servers as sources, as a set of hashes: what has neither address
 * in it is no packet of ours, and nothing needs to be looked up for it. Likewise of addresses with their ports, which is full while
 * there is a service that more than one port of its address belongs to.
 */
#define WEIR_INTEREST_WORDS 2048
struct weir_interest {
	__u32 addresses[WEIR_INTEREST_WORDS];
	__u32 endpoints[WEIR_INTEREST_WORDS];
};

/* An interface with XDP, in slot index & (WEIR_INTERFACE_SLOTS - 1). */
#define WEIR_INTERFACE_SLOTS 1024
struct weir_interface {
	__u32 index;
	__u8 mac[6];
	__u8 zero[2];
};

#endif
