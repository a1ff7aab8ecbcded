/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections, and the templates of persistence. Part of abi.h. */
#ifndef WEIR_ABI_CONNECTION_H
#define WEIR_ABI_CONNECTION_H

#include <linux/types.h>
#include "size.h"

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
	/* Reply entry: the handshake at hand has been answered, or a datagram. Both: the server has begun it. */
	WEIR_CONNECTION_ANSWERED = 16,
	/* Masqueraded, and the only entry of its connection: replies are found through their origin, see origin.h. */
	WEIR_CONNECTION_SINGLE = 32,
	/* Likewise; a younger connection has the same replies, as long as it lives. */
	WEIR_CONNECTION_OVERTAKEN = 64,
	/* Its client is the director itself. */
	WEIR_CONNECTION_OWN = 128,
};

enum weir_template_flag {
	/* One of its connections was established, or answered by a datagram: drop_entry leaves it alone. */
	WEIR_TEMPLATE_ASSURED = 1,
	/* Replaced by another, or not good any more. */
	WEIR_TEMPLATE_HIDDEN = 2,
	/* Of a call: it is found by struct weir_call. */
	WEIR_TEMPLATE_CALL = 4,
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
 * One direction of a connection. A connection by full NAT has two entries, and one by masquerading whose replies have no origin (origin.h);
 * any other has the request entry alone. That one owns the state; the reply entry's is a copy that may lag behind.
 *
 *   seen         tick of the last packet of this direction; of both, if there is one entry
 *   timeout      ticks from `seen` until the end, as decided by that packet
 *   state        enum weir_state, changed by compare-and-swap
 *   destination  index into destinations; WEIR_NOBODY
 *   template     serial of the template it came through, 0: none
 *   packets      request entry: packets of the client, as far as WEIR_PACKETS_COUNTED
 *   flags        enum weir_connection_flag
 *   role         enum weir_role
 *   method       enum weir_method
 *   began        reply entry, or the only one: when its handshake began, in units of answer times; see signals/handshake.h
 *   port         request entry: port of the real server; reply entry: the virtual port
 *   address      request entry, but for tunnels: the real server, zero if there is none; reply entry: the VIP
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

/* What a template of the persistence engine `sip` is known by: besides, the Call-ID of its messages. */
struct weir_call {
	struct weir_template_key key;
	__u8 id[WEIR_CALL_ID];     /* zero behind its end */
	__u8 length;
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

/* The index of the destination that a connection past the real servers does not have, and the number of its service. */
#define WEIR_NOBODY (~0u)

/* Packets of a client that are counted one by one, for drop_entry: more are no news. */
#define WEIR_PACKETS_COUNTED 9

#endif
