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
#include "abi/event.h"
#include "abi/signals.h"

/* Part of the path of the pins: programs and daemons of different versions never meet at one table. */
enum weir_abi {
	WEIR_ABI_VERSION = 5,
};

/* Lengths that user space has to know. */
enum weir_size {
	/* A page of a table of places, a chunk of pages, and how many chunks there may be. */
	WEIR_PAGE_PLACES = 256,
	WEIR_CHUNK_PAGES = 4096,
	WEIR_CHUNKS = 128,
	/* Slots that a cell is about; a list of more has cells. */
	WEIR_CELL_SLOTS = 64,
	/* Destinations that serve one address under lblcr. */
	WEIR_LOCALITY_MEMBERS = 30,
	/* Bytes of a frame that are shown to a capture. */
	WEIR_TAP_BYTES = 9216,
	/* Sources of full NAT in a list, and lists that there is room for: of either family the one in use and the next. */
	WEIR_SOURCES = 256,
	WEIR_SOURCE_LISTS = 4,
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
	WEIR_REASON_TUNNELLED = 4,
	WEIR_REASON_ICMP_TO_SERVER = 5,
	WEIR_REASON_ICMP_TO_CLIENT = 6,
	WEIR_REASON_FULL_NAT = 7,
	WEIR_REASON_STATELESS = 8,
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
	WEIR_REASON_LEFT_TO_TC = 42,
	/* either hook */
	WEIR_REASON_LOCAL_SERVER = 43,
	WEIR_REASON_ICMP_QUERY = 44,
	WEIR_REASON_ICMP_UNRELATED = 45,
	WEIR_REASON_OTHER_PORT_OF_FTP = 46,
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
	WEIR_REASON_ICMP_CHECKSUM = 75,
	WEIR_REASON_ICMP_CONSUMED = 76,
	WEIR_REASON_FRAGMENT_HELD = 77,
	WEIR_REASON_SOURCE_ROUTED = 78,
	WEIR_REASON_TRUNCATED = 79,
	WEIR_REASON_LOAD_SHED = 80,
	WEIR_REASON_MARTIAN_SOURCE = 81,
	WEIR_REASON_NO_PERSISTENCE_KEY = 82,
	WEIR_REASON_NO_SOURCE_PORT = 83,
	WEIR_REASON_STRAY_REPLY = 84,
	WEIR_REASONS = 96,
};

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

/* Which of the two entries of a connection a packet has met. */
enum weir_role {
	WEIR_ROLE_REQUEST = 0,
	WEIR_ROLE_REPLY = 1,
};

enum weir_connection_flag {
	/* Not masqueraded, and a packet of the server has come by all the same: its direction is not silent. */
	WEIR_CONNECTION_HEARD = 1,
	/* Reply entry: its template knows that the server answers. */
	WEIR_CONNECTION_ASSURED = 2,
	/* Of one packet: it is in no table. */
	WEIR_CONNECTION_ONE_PACKET = 4,
	/* Likewise, as there was no room for it. */
	WEIR_CONNECTION_STATELESS = 8,
	/* Reply entry: the handshake at hand has been answered. */
	WEIR_CONNECTION_ANSWERED = 16,
};

enum weir_template_flag {
	/* One of its connections was established, or answered by a datagram: drop_entry leaves it alone. */
	WEIR_TEMPLATE_ASSURED = 1,
	/* Replaced by another, or not good any more. */
	WEIR_TEMPLATE_HIDDEN = 2,
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

/* Slots of the program arrays (tc_programs, xdp_programs): what the attached program hands a packet over to. */
enum weir_program {
	WEIR_PROGRAM_IPV6 = 0,
	WEIR_PROGRAM_NEW = 1,
	WEIR_PROGRAM_NEW6 = 2,
	/* TC only: what is rare, which XDP leaves to it */
	WEIR_PROGRAM_TELL = 3,
	WEIR_PROGRAM_TELL6 = 4,
	WEIR_PROGRAM_CUT = 5,
	WEIR_PROGRAM_CUT6 = 6,
	WEIR_PROGRAM_ICMP = 7,
	WEIR_PROGRAM_ICMP6 = 8,
	WEIR_PROGRAM_REASSEMBLE = 9,
	WEIR_PROGRAM_REASSEMBLE6 = 10,
	WEIR_PROGRAM_AGAIN = 11,
	WEIR_PROGRAM_AGAIN6 = 12,
	WEIR_PROGRAM_TUNNEL_ERROR = 15,
	WEIR_PROGRAM_OPTIONS = 16,
	/* either hook */
	WEIR_PROGRAM_SEAL = 13,
	WEIR_PROGRAM_SEAL6 = 14,
	WEIR_PROGRAM_SOURCE = 17,
	WEIR_PROGRAM_SOURCE6 = 18,
	WEIR_PROGRAM_FULL_NAT = 19,
	WEIR_PROGRAM_FULL_NAT6 = 20,
	WEIR_PROGRAMS = 32,
};

/*
 * A flow as its packets carry it: request entries client -> VIP, reply entries real server -> client. One for each family, so that
 * IPv4 is looked up by a short key.
 */
struct weir_flow4 {
	__be32 source[1];
	__be32 target[1];
	__be16 source_port;
	__be16 target_port;
	__u8 protocol;
	__u8 zero[3];
};

struct weir_flow6 {
	__be32 source[4];
	__be32 target[4];
	__be16 source_port;
	__be16 target_port;
	__u8 protocol;
	__u8 zero[3];
};

/*
 * One direction of a connection. A connection forwarded by masquerading or full NAT has two entries, any other one.
 * The request entry owns the state; the reply entry's is a copy that may lag behind.
 *
 *   seen         tick of the last packet of this direction
 *   timeout      ticks from `seen` until the end, as decided by that packet
 *   state        enum weir_state, changed by compare-and-swap
 *   destination  index into destinations
 *   template     serial of the template it came through, 0: none
 *   packets      request entry: packets of the client, as far as WEIR_PACKETS_COUNTED
 *   flags        enum weir_connection_flag
 *   role         enum weir_role
 *   method       enum weir_method
 *   began        reply entry: when its handshake began, in units of answer times; see signals/handshake.h
 *   port         request entry: port of the real server; reply entry: the virtual port
 *   address      request entry, but for tunnels: the real server; reply entry: the VIP
 */
#define WEIR_CONNECTION_FIELDS(words) \
	__u32 seen;                   \
	__u32 timeout;                \
	__u32 state;                  \
	__u32 destination;            \
	__u32 template;               \
	__u8 packets;                 \
	__u8 flags;                   \
	__u8 role;                    \
	__u8 method;                  \
	__be16 port;                  \
	__u16 began;                  \
	__be32 address[words];

struct weir_connection4 {
	WEIR_CONNECTION_FIELDS(1)
};

struct weir_connection6 {
	WEIR_CONNECTION_FIELDS(4)
};

/* Of an entry of a connection by full NAT: what stands at the client's end of the packets of the other direction; see partner.h. */
struct weir_partner4 {
	__be32 address[1];
	__be16 port;
	__u16 zero;
};

struct weir_partner6 {
	__be32 address[4];
	__be16 port;
	__u16 zero;
};

/* What a template is known by. Of a firewall-mark service: protocol 0 and the mark, in network order, as the address. */
struct weir_template_key {
	__be32 client[4];  /* under the netmask */
	__be32 address[4];
	__be16 port;
	__u8 protocol;
	__u8 family;
};

struct weir_template {
	struct weir_template_key key;
	__u32 seen;        /* tick of the last connection made through it */
	__u32 timeout;     /* ticks from `seen` until the end */
	__u32 destination;
	__u32 controlled;  /* connections that came through it and are still there */
	__be16 port;       /* of the real server, 0: that of the packet */
	__u8 flags;        /* enum weir_template_flag */
	__u8 zero;
};

/* 60 s in ticks: by so much a template lives longer that still has connections. */
#define WEIR_TEMPLATE_EXTENSION 57220

/* What the processors count together. */
struct weir_progress {
	__u32 serial;      /* templates ever made */
	__u32 offered;     /* packets that would have started a connection while drop_packet was on */
	__u32 full;        /* a connection has found no room, last at the tick full_at */
	__u32 full_at;
};

/* Packets of a client that are counted one by one, for drop_entry: more are no news. */
#define WEIR_PACKETS_COUNTED 9

/* Firewall-mark services: the mark, in host order, as the first word of the address, port and protocol 0. */
struct weir_service_key {
	__be32 address[4]; /* IPv4 in the first word, the rest zero */
	__be16 port;       /* 0: any port of the address */
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
	__u32 observed;                   /* which kinds of events somebody wants to know: bits by enum weir_event_kind */
	__u32 observe_every;              /* one of so many of each kind is told */
	struct weir_source_list sources4;
	struct weir_source_list sources6;
	__u32 generations;                /* destinations and schedulers ever started; user space's own */
	__u64 chance;                     /* 0: random numbers are the kernel's; else the state of those that tests expect */
};

/*
 * Addresses that packets of services carry, VIPs as targets and real servers as sources, as a set of hashes: what has neither address
 * in it is no packet of ours, and nothing needs to be looked up for it.
 */
#define WEIR_INTEREST_WORDS 2048
struct weir_interest {
	__u32 words[WEIR_INTEREST_WORDS];
};

/* A frame for `weir capture`, which follows this record up to WEIR_TAP_BYTES. */
struct weir_tap {
	__u64 time;       /* ns, CLOCK_MONOTONIC */
	__u32 interface;  /* index of the one it comes in by, or leaves by */
	__u32 length;     /* of the whole frame */
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
	__u32 defend;    /* in: 1 drops unfinished connections at random, if drop_entry is on */
	__u32 now;       /* out: the tick it worked with */
	__u32 requests;  /* out: request entries that stay */
	__u32 replies;   /* out: reply entries that stay */
	__u32 expired;   /* out: connections that ended */
	__u32 orphans;   /* out: reply entries without a connection */
};

/* Argument and result of weir_choose, which asks a scheduler as a packet would. */
struct weir_choice {
	__be32 address[4];  /* the service, as in weir_service_key */
	__be16 port;
	__u8 protocol;
	__u8 family;
	__be32 source[4];
	__be32 target[4];
	__be16 source_port;
	__be16 zero;
	__u32 times;     /* in: how often to ask */
	__u32 index;     /* out: index of the destination that was chosen last */
	__u32 chosen;    /* out: how often there was one */
	__u64 elapsed;   /* out: ns in all */
};

/* What a program that explains writes down, see struct weir_explanation; in brackets the fields of struct weir_step. */
enum weir_step_kind {
	WEIR_STEP_NONE = 0,
	WEIR_STEP_REASSEMBLED = 1, /* value: pieces, other: bytes */
	WEIR_STEP_SERVICE = 2,     /* index: its id, value: 1; all 0: there is none */
	WEIR_STEP_CONNECTION = 3,  /* client, virtual, server, source, index; value: enum weir_state, other: enum weir_role */
	WEIR_STEP_UNKNOWN = 4,     /* no connection */
	WEIR_STEP_EXPIRED = 5,     /* of the connection before; value: enum weir_expiry */
	WEIR_STEP_TEMPLATE = 6,    /* client, virtual, server, index; value: enum weir_outcome */
	WEIR_STEP_SCHEDULE = 7,    /* index: id of the service whose scheduler is asked */
	WEIR_STEP_CHOICE = 8,      /* index: of the destination */
	WEIR_STEP_NO_CHOICE = 9,
	WEIR_STEP_STATE = 10,      /* value: before, other: after */
	WEIR_STEP_ROUTE = 11,      /* server; index: interface, 0: none, 1: the director itself; value: MTU, 0 if not known; virtual: next hop */
	WEIR_STEP_TTL = 12,        /* value: before */
	WEIR_STEP_REWRITE = 13,    /* value: enum weir_field; client: before, server: after; other: bit 0, the first has a port, bit 1, the other */
	WEIR_STEP_ANSWER = 14,     /* value: enum weir_reason; client: to whom */
	WEIR_STEP_LEAVES = 15,     /* index: interface */
	WEIR_STEP_SOURCE = 16,     /* value: 1, source; all 0: none is free */
};

enum weir_field {
	WEIR_FIELD_SOURCE = 0,
	WEIR_FIELD_DESTINATION = 1,
	WEIR_FIELD_OUTER_SOURCE = 2,
	WEIR_FIELD_OUTER_DESTINATION = 3,
};

enum weir_expiry {
	WEIR_EXPIRY_REUSED = 0,
	WEIR_EXPIRY_QUIESCED = 1,
	WEIR_EXPIRY_GONE = 2,
};

enum weir_outcome {
	WEIR_OUTCOME_USED = 0,
	WEIR_OUTCOME_CREATED = 1,
	WEIR_OUTCOME_INVALIDATED = 2,
};

/* IPv4 in the first words; a port is 0 where there is none. */
struct weir_step {
	__u8 kind;
	__u8 protocol;
	__u8 family;      /* AF_INET, AF_INET6: of all addresses but the server's */
	__u8 zero;
	__u32 index;
	__u32 value;
	__u32 other;
	__be32 client[4];
	__be32 virtual_address[4];
	__be32 server[4];
	__be32 source[4]; /* of full NAT */
	__be16 client_port;
	__be16 virtual_port;
	__be16 server_port;
	__be16 source_port;
	__u8 method;      /* enum weir_method */
	__u8 server_family;
	__u8 padding[2];
};

/* What an explaining program found out about one packet. User space sets it to zero before. */
#define WEIR_STEPS 24
struct weir_explanation {
	__u32 reason;
	__u32 count;        /* of steps */
	__u32 pieces;       /* fragments that leave, in `leaving`; 0: the packet itself does, if anything */
	__u32 known;        /* 1: a connection was found, even if the packet ended it */
	__u32 made;         /* 1: one would have been made; the programs' own */
	/* Of a connection that the packet ends: its share in the load of its destination is gone for what follows. */
	__u32 ended;
	__u32 ended_destination;
	__u32 ended_active;
	__u32 serial;       /* of the template that has been met, which is `template` from then on */
	struct weir_template template;
	struct weir_step steps[WEIR_STEPS];
};

/* Argument of the mender: a lasting difference between a load counter and the connection table. */
struct weir_mend {
	__u32 destination;
	__s32 active;
	__s32 inactive;
	__s32 persistent;
};

#endif
