/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Services, real servers and sources of full NAT as they are published, and what is counted of them. Part of abi.h. */
#ifndef WEIR_ABI_SERVICE_H
#define WEIR_ABI_SERVICE_H

#include <linux/types.h>
#include "size.h"

enum weir_scheduler {
	WEIR_SCHEDULER_NONE = 0,
	WEIR_SCHEDULER_RR = 1,
	WEIR_SCHEDULER_WRR = 2,
	WEIR_SCHEDULER_LC = 3,
	WEIR_SCHEDULER_WLC = 4,
	WEIR_SCHEDULER_LBLC = 5,
	WEIR_SCHEDULER_LBLCR = 6,
	WEIR_SCHEDULER_DH = 7,
	WEIR_SCHEDULER_SH = 8,
	WEIR_SCHEDULER_SED = 9,
	WEIR_SCHEDULER_NQ = 10,
	WEIR_SCHEDULER_FO = 11,
	WEIR_SCHEDULER_OVF = 12,
	WEIR_SCHEDULER_MH = 13,
	WEIR_SCHEDULER_TWOS = 14,
	WEIR_SCHEDULER_MAGLEV = 15,
	WEIR_SCHEDULER_P2C = 16,
};

/* As in ipvsadm's -b: flag-1 is the fallback of sh and mh, flag-2 the port of sh, mh and maglev. */
enum weir_scheduler_flag {
	WEIR_SCHEDULER_FLAG_1 = 0x08,
	WEIR_SCHEDULER_FLAG_2 = 0x10,
};

enum weir_method {
	WEIR_METHOD_MASQUERADE = 0,
	WEIR_METHOD_ROUTE = 1,
	WEIR_METHOD_TUNNEL = 2,
	/* From here on with a program of their own. BYPASS is no destination's: to where the packet is addressed, past all of them. */
	WEIR_METHOD_BYPASS = 3,
	WEIR_METHOD_FULL_NAT = 4,
};

enum weir_tunnel {
	WEIR_TUNNEL_IPIP = 0,
	WEIR_TUNNEL_GUE = 1,
	WEIR_TUNNEL_GRE = 2,
};

enum weir_tunnel_checksum {
	WEIR_TUNNEL_CHECKSUM_NONE = 0,
	WEIR_TUNNEL_CHECKSUM_FULL = 1,
	WEIR_TUNNEL_CHECKSUM_REMOTE = 2,
};

enum weir_destination_flag {
	/* Unset: deleted, kept only for the connections that still point at it. */
	WEIR_DESTINATION_AVAILABLE = 1,
	/* The director itself: what is for it goes to its own stack. */
	WEIR_DESTINATION_LOCAL = 2,
};

enum weir_service_flag {
	WEIR_SERVICE_ONE_PACKET = 1,
	/* Persistent with the engine `sip`. */
	WEIR_SERVICE_SIP = 2,
};

/* Firewall-mark services: the mark, in host order, as the first word of the address, port and protocol 0. */
struct weir_service_key {
	__be32 address[4]; /* IPv4 in the first word, the rest zero */
	__be16 port;       /* 0: any port of the address */
	__u8 protocol;
	__u8 family;       /* AF_INET, AF_INET6 */
};

/*
 * A masqueraded real server whose service has the persistence engine `sip`, by its own address and port: it may call clients, as from the
 * service.
 */
struct weir_caller {
	__u32 destination;
	struct weir_service_key service;
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
	__u32 table;           /* sh, mh, maglev: first page of the table of places */
	__u16 scheduler;       /* enum weir_scheduler */
	__u16 scheduler_flags; /* bits as in ipvsadm's -b */
	__u16 flags;           /* enum weir_service_flag */
	__u16 epoch;           /* never the same twice in a row; 0: the list is being moved, its cells are not to be trusted */
	__u16 position;        /* rr, wrr: where a cursor of another epoch starts, and current_weight */
	__u16 zero;
	__s32 current_weight;
	__s32 max_weight;      /* wrr: greatest weight - (step - 1) */
	__s32 step;            /* wrr: greatest common divisor of the weights */
	__u32 added;           /* rises with every service ever added: restores the order of adding */
	__u32 persistence;     /* ticks of a template; 0: not persistent */
	__be32 netmask[4];     /* of clients that share a template */
	__u32 incarnation;     /* lblc, lblcr: another number whenever the scheduler starts anew */
	__u64 started;         /* lblc, lblcr: when that was, in ns of the programs' clock */
};

/*
 * Tables of the hashing schedulers: places in walk order, a page behind the other. Pages come in chunks, which user space makes
 * when they are needed.
 */
struct weir_page {
	__u16 places[WEIR_PAGE_PLACES];
};

/*
 * Of WEIR_CELL_SLOTS slots of a long list: which destination was the best for a new connection. True as long as neither the
 * service has been published again (epoch) nor the load of any of them has changed (changes).
 */
struct weir_cell {
	__u32 changes;
	__u32 zero;
	__u64 best;          /* changes << 32 | epoch << 16 | slot in the cell, WEIR_CELL_SLOTS if there is none */
};

/* What lblc and lblcr remember of an address that clients ask for. */
struct weir_locality_key {
	__be32 address[4];
	__u32 service;
	__u32 incarnation;
};

struct weir_locality {
	__u64 used;          /* ns of the programs' clock */
	__u64 changed;
	__u32 count;
	__u32 zero;
	__u64 members[WEIR_LOCALITY_MEMBERS]; /* index | generation << 32, the last added last; lblc has one */
};

/* Where round robin stands, in one word so that it moves by compare-and-swap. position: the one after the last choice. */
struct weir_cursor {
	__u16 epoch;
	__u16 position;
	__s32 current_weight;
};

struct weir_destination {
	__be32 address[4];    /* IPv4 in the first word, the rest zero */
	__be32 source[4];     /* the director's own address towards it, from which tunnels begin */
	__be16 port;
	__be16 tunnel_port;
	__u8 family;          /* AF_INET, AF_INET6: a tunnel's may be another than the service's */
	__u8 method;          /* enum weir_method */
	__u8 flags;           /* enum weir_destination_flag */
	__u8 tunnel;          /* enum weir_tunnel */
	__u8 tunnel_checksum; /* enum weir_tunnel_checksum */
	__u8 zero[3];
	__s32 weight;
	__s32 last_weight;    /* the last that was not 0: mh and maglev keep a quiesced server's place */
	__u32 upper_threshold;
	__u32 lower_threshold;
	__u32 service;
	__u32 generation;     /* tells it from those that had its index before */
	__u32 cell;           /* where its changes of load are noted; 0: nowhere */
};

/* Written by the programs alone. */
struct weir_load {
	__u32 active;
	__u32 inactive;
	__u32 persistent;
	__u32 overloaded;      /* 1: the upper threshold was reached, and the lower one is not yet left */
	__u16 request_checked; /* second in which a request, or a reply, was last sent by the stack; see hop_is_due */
	__u16 reply_checked;
	__u32 path_mtu;        /* of a tunnel, as an ICMP error has told; 0: none has */
	__u32 path_learned;    /* tick of that */
	__u32 path_used;       /* 1: since then a packet has been sent, or refused, by it */
};

struct weir_counters {
	__u64 connections;
	__u64 in_packets;
	__u64 in_bytes;
	__u64 out_packets;
	__u64 out_bytes;
};

/* An address of the director that full NAT puts in place of clients. All ports of a list are numbered in one row. */
struct weir_source {
	__be32 address[4];  /* IPv4 in the first word, the rest zero */
	__u16 first_port;
	__u16 last_port;
	__u32 begin;        /* number of the first port */
};

/* Which sources of a family are in use. */
struct weir_source_list {
	__u32 first;        /* index into sources */
	__u32 count;
	__u32 ports;        /* of all of them */
	__u32 partners;     /* 1: the tables of partners have been made; user space's own */
};

#endif
