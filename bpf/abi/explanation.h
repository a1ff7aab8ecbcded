/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a packet has met, for weir explain. Part of abi.h. */
#ifndef WEIR_ABI_EXPLANATION_H
#define WEIR_ABI_EXPLANATION_H

#include <linux/types.h>

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

#endif
