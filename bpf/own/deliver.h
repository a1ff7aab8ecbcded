/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way to the director's own stack. What a NIC brings cannot simply be passed on once it has been rewritten: its source is an address
 * of the director itself then, a martian there. It is one that comes in by the loopback too, but there the engine has the kernel accept
 * it (accept_local), so that is where such a packet goes. TC only.
 */
#ifndef WEIR_DELIVER_H
#define WEIR_DELIVER_H

#include <linux/if_ether.h>
#include "../context.h"

#if defined(WEIR_TC)

/* The first byte of the source of frames that are not to be looked at again; the stack sends on the loopback with none at all. */
#define DELIVERED 0x02
/* The same of a fragment that is to leave with the largest TTL there is, as the stack has made it; see send_round. */
#define FULL_TTL 0x04

static __always_inline int has_first_byte(struct weir_context *ctx, __u8 byte)
{
	struct ethhdr *ethernet = context_data(ctx);

	return (void *)(ethernet + 1) <= context_end(ctx) && ethernet->h_source[0] == byte;
}

static __always_inline int is_delivered(struct weir_context *ctx)
{
	return has_first_byte(ctx, DELIVERED);
}

/* Makes it a frame of the loopback; `source`: 0 or FULL_TTL to be looked at there, DELIVERED to go to the stack. 0, or -1. */
static __always_inline int address_to_loopback(struct weir_context *ctx, __u8 source)
{
	struct ethhdr *ethernet = context_data(ctx);

	if ((void *)(ethernet + 1) > context_end(ctx))
		return -1;
	__builtin_memset(ethernet->h_dest, 0, ETH_ALEN);
	__builtin_memset(ethernet->h_source, 0, ETH_ALEN);
	ethernet->h_source[0] = source;
	return 0;
}

/* In by the loopback. */
static __always_inline int loop_back(struct weir_context *ctx, __u8 source)
{
	return address_to_loopback(ctx, source) ? WEIR_VERDICT_DROP : bpf_redirect(LOOPBACK, BPF_F_INGRESS);
}

/* The finished packet to the stack; one of the director's own goes on where it is. */
static __always_inline int deliver(struct weir_context *ctx)
{
	return context_is_own(ctx) ? WEIR_VERDICT_PASS : loop_back(ctx, DELIVERED);
}

#endif

#endif
