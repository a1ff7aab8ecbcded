/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refusals that a client is told of by ICMP: what leads to them, and the way to the program that tells (icmp/error.h). */
#ifndef WEIR_TELL_H
#define WEIR_TELL_H

#include "../handover.h"

#define NO_REPLIER (~0u)

static __always_inline int is_told(__u32 reason)
{
	return reason == WEIR_REASON_TTL_EXPIRED || reason == WEIR_REASON_TOO_BIG || reason == WEIR_REASON_NO_ROUTE ||
	       reason == WEIR_REASON_NO_DESTINATION || reason == WEIR_REASON_STRAY_REPLY;
}

/* XDP tells nobody anything: the TC program on the same interface does. */
static __always_inline __u32 left_to_tc(__u32 reason)
{
#if defined(WEIR_XDP)
	if (is_told(reason))
		return WEIR_REASON_LEFT_TO_TC;
#endif
	return reason;
}

/* A refusal of which the stack itself tells, as it does of everything that it would have had to forward. */
static __always_inline int leave_to_stack(__u32 reason)
{
	count_reason(left_to_tc(reason));
	return WEIR_VERDICT_PASS;
}

/*
 * Refuses a packet and lets its sender know. `mtu`: what would have fitted, for WEIR_REASON_TOO_BIG. `replier`: the destination for
 * which the error counts as a packet of the real server, as it comes from the VIP: of direct routing and tunnels; NO_REPLIER else.
 */
static __always_inline int tell(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 reason, __u32 mtu,
				__u32 replier)
{
	struct handover *handover = handover_get();

	if (!handover || (reason == WEIR_REASON_TOO_BIG && !mtu))
		return refuse(ctx, reason);
	handover->packet = *packet;
	handover->now = now;
	handover->reason = reason;
	handover->mtu = mtu;
	handover->replier = replier;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_TELLER);
	return refuse(ctx, reason);
}

#endif
