/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From one program to the next on the same packet. A tail call leaves stack and registers behind; what was found out so far goes along
 * in a record of the processor's own. Nothing else runs there in between: both hooks run with bottom halves off.
 * The table is pinned like all others: while programs are replaced, old ones hand over to new ones.
 */
#ifndef WEIR_HANDOVER_H
#define WEIR_HANDOVER_H

#include "parse/parse.h"
#include "route/hop.h"
#include "schedule/flow.h"
#include "verdict/refuse.h"

enum handed_by {
	HANDED_BY_DIRECTOR = 0,
	/* ICMP: the error is about no tunnel. */
	HANDED_BY_TUNNEL_ERROR = 1,
	/* ICMP: the error is about a connection without an entry; what there would be of it is in `entry`. BYPASS: nobody can take the packet. */
	HANDED_BY_START = 2,
	/* FOLLOW: it is on its way out, as this host has made it. */
	HANDED_OUTWARD = 3,
	/* DIRECTOR: its options have been heeded. */
	HANDED_BY_OPTIONS = 4,
};

struct handover {
	struct packet packet;
	struct schedule_flow flow;     /* what the scheduler is shown of it */
	struct weir_template template; /* through which its connection is made, or what is to become one */
	struct weir_connection entry;  /* the connection it starts, or by which it goes to the director itself */
	__u32 now;
	/* For the program that tells a client why its packet was refused; see verdict/tell.h. */
	__u32 reason;
	__u32 mtu;
	__u32 replier;
	/* Likewise, of a packet with options of IPv4: checksum and TTL as it came. */
	__u16 came_check;
	__u16 came_ttl;
	/* Where to there is more than one way: by which the packet has come. */
	__u32 from; /* enum handed_by */
	/* For the one that starts connections: the packet is what an ICMP error quotes, seen from the other end. */
	__u32 by_quote;
	struct weir_flow error; /* the flow of that error itself */
	struct weir_flow reversed; /* for the program that translates errors: of what one quotes, seen from the other end */
	/* Likewise: what it starts is over with this packet. */
	__u32 one_packet;
	/* Likewise: its service needs no table; it, or what quotes it, may be of a connection that had no room there. See stateless.h. */
	__u32 stateless;
	__u32 resumes;
	/* Likewise: whether its Call-ID has been read; see call.h. */
	__u32 call;
	/* For the one that heeds options: where the packet goes next. */
	__u32 next;
	/* For the one that writes the checksum of a tunnel; see forward/seal.h. */
	__u32 destination;
	/* For the one that starts connections, where the packet replaces one: whose real server has it still, and its last state. */
	__u32 replaced;
	__u32 replaced_state;
	struct hop hop;
};

_Static_assert(sizeof(struct handover) <= WEIR_HANDOVER_SIZE, "a handover must fit its table");

static __always_inline struct handover *handover_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&handovers, &first);
}

#if WEIR_FAMILY == 4
#define WEIR_PROGRAM_START WEIR_PROGRAM_NEW
#define WEIR_PROGRAM_SEALER WEIR_PROGRAM_SEAL
#define WEIR_PROGRAM_TELLER WEIR_PROGRAM_TELL
#define WEIR_PROGRAM_CUTTER WEIR_PROGRAM_CUT
#define WEIR_PROGRAM_REASSEMBLER WEIR_PROGRAM_REASSEMBLE
#define WEIR_PROGRAM_DIRECTOR WEIR_PROGRAM_AGAIN
#define WEIR_PROGRAM_TRANSLATOR WEIR_PROGRAM_ICMP
#define WEIR_PROGRAM_SOURCER WEIR_PROGRAM_SOURCE
#define WEIR_PROGRAM_CARRIER WEIR_PROGRAM_FULL_NAT
#define WEIR_PROGRAM_CALLER WEIR_PROGRAM_CALL
#define WEIR_PROGRAM_SETTLER WEIR_PROGRAM_OWN
#define WEIR_PROGRAM_BYPASSER WEIR_PROGRAM_BYPASS
#define WEIR_PROGRAM_FOLLOWER WEIR_PROGRAM_FOLLOW
#define WEIR_PROGRAM_HEEDER WEIR_PROGRAM_OPTIONS
#else
#define WEIR_PROGRAM_START WEIR_PROGRAM_NEW6
#define WEIR_PROGRAM_SEALER WEIR_PROGRAM_SEAL6
#define WEIR_PROGRAM_TELLER WEIR_PROGRAM_TELL6
#define WEIR_PROGRAM_CUTTER WEIR_PROGRAM_CUT6
#define WEIR_PROGRAM_REASSEMBLER WEIR_PROGRAM_REASSEMBLE6
#define WEIR_PROGRAM_DIRECTOR WEIR_PROGRAM_AGAIN6
#define WEIR_PROGRAM_TRANSLATOR WEIR_PROGRAM_ICMP6
#define WEIR_PROGRAM_SOURCER WEIR_PROGRAM_SOURCE6
#define WEIR_PROGRAM_CARRIER WEIR_PROGRAM_FULL_NAT6
#define WEIR_PROGRAM_CALLER WEIR_PROGRAM_CALL6
#define WEIR_PROGRAM_SETTLER WEIR_PROGRAM_OWN6
#define WEIR_PROGRAM_BYPASSER WEIR_PROGRAM_BYPASS6
#define WEIR_PROGRAM_FOLLOWER WEIR_PROGRAM_FOLLOW6
#define WEIR_PROGRAM_HEEDER WEIR_PROGRAM_OPTIONS6
#endif

/* Does not come back, unless the program is not there. */
static __always_inline int hand_over(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 program)
{
	struct handover *handover = handover_get();

	if (!handover)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	handover->packet = *packet;
	handover->now = now;
	handover->from = HANDED_BY_DIRECTOR;
	handover->by_quote = 0;
	handover->call = 0;
	bpf_tail_call(ctx, &weir_programs, program);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* For programs that TC alone has. */
static __always_inline int hand_over_rare(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 program)
{
#if defined(WEIR_TC)
	return hand_over(ctx, packet, now, program);
#else
	(void)ctx;
	(void)packet;
	(void)now;
	(void)program;
	return refuse(ctx, WEIR_REASON_LEFT_TO_TC);
#endif
}

/* There are options that are to be heeded, or that the stack would look at first. */
static __always_inline int has_options(const struct packet *packet)
{
	return FAMILY == AF_INET ? packet->transport != sizeof(struct ethhdr) + IP_HEADER : packet->hop_options;
}

/* For programs that TC alone has, by way of that for options if there are any. */
static __always_inline int hand_over_heeding(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 program)
{
#if defined(WEIR_TC)
	struct handover *handover = handover_get();

	if (handover)
		handover->next = program;
#endif
	return hand_over_rare(ctx, packet, now, has_options(packet) ? WEIR_PROGRAM_HEEDER : program);
}

#endif
