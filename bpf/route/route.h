/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's routes. */
#ifndef WEIR_ROUTE_H
#define WEIR_ROUTE_H

#include "../context.h"

/* Who sends a packet on. */
enum sender {
	SENDER_DIRECTOR = 0, /* the director, as it sends its own: requests, and what it tells others */
	SENDER_ROUTER = 1,   /* the stack, as any router, but for what is rewritten: replies */
};

/*
 * Asks them by `fib`, with the flags of bpf_fib_lookup. Of what comes in by an interface that does not forward the kernel tells nothing. Then
 * it is asked as for a packet of the director itself, by the loopback, which forwards (loopback-consent.ts): IPVS has routes of its own for
 * requests, whatever they came in by (ip_vs_xmit.c, __ip_vs_get_out_rt; recorded: wire/dr-forwarding-off), and replies to the director need none.
 */
static __always_inline long route_find(struct weir_context *ctx, struct bpf_fib_lookup *fib, __u32 flags, enum sender sender)
{
	long result;

	fib->ifindex = context_interface(ctx);
	result = bpf_fib_lookup(ctx, fib, sizeof(*fib), flags);
	if (result != BPF_FIB_LKUP_RET_FWD_DISABLED)
		return result;
	fib->ifindex = LOOPBACK;
	result = bpf_fib_lookup(ctx, fib, sizeof(*fib), flags);
	return sender == SENDER_ROUTER && result != BPF_FIB_LKUP_RET_NOT_FWDED ? BPF_FIB_LKUP_RET_FWD_DISABLED : result;
}

#endif
