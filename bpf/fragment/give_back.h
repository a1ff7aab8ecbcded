/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came in fragments, and is nobody's when they are put together, goes to the stack in the same fragments: they come in once more by
 * the interface that they came in by, and pass here. TC only.
 */
#ifndef WEIR_GIVE_BACK_H
#define WEIR_GIVE_BACK_H

#include "../own/deliver.h"
#include "../route/delivered.h"
#include "../verdict/refuse.h"
#include "pieces.h"

#if defined(WEIR_TC)

/* Of fragments that have been here. The mark is taken off again before the stack or anybody else sees them. */
#define GIVEN_BACK 0x57454952

static __always_inline int is_given_back(struct weir_context *ctx)
{
	if (ctx->mark != GIVEN_BACK)
		return 0;
	ctx->mark = 0;
	return 1;
}

/* Cuts the packet at hand as it came, and has the pieces come in by an interface. */
static __always_inline int bring_in(struct weir_context *ctx, __u32 interface, enum inward inward)
{
	struct cut *cut = cut_get();

	if (!cut)
		return WEIR_VERDICT_DROP;
	cut->interface = interface;
	cut->inward = inward;
	cut->mtu = 0;
	cut->known = 1;
	cut->wrapped = 0;
	cut->protocol = 0;
	bpf_tail_call(ctx, &weir_programs, FAMILY == AF_INET ? WEIR_PROGRAM_CUT : WEIR_PROGRAM_CUT6);
	return WEIR_VERDICT_DROP;
}

/*
 * Passes the packet at hand. One with a mark of somebody else's goes as it is, since that could not be told from ours; one for the director
 * itself, since the stack would put it together again; and one that ends here, since of IPv6 the stack tells that of the whole. But of
 * a long one the frame at hand is a part only: it always goes in pieces.
 */
static __always_inline int give_back(struct weir_context *ctx, const struct packet *packet, __u32 reason)
{
	if (EXPLAINS || !packet->pieces)
		return refuse(ctx, reason);
	if (!packet->rest && ((FAMILY == AF_INET6 && packet->ttl <= 1) || is_delivered_here(ctx, packet)))
		return refuse(ctx, reason);
	count_reason(reason);
	return bring_in(ctx, context_interface(ctx), INWARD_MARKED);
}

/* The finished packet to the stack where it is. */
static __always_inline int pass_here(struct weir_context *ctx, const struct packet *packet)
{
	return !EXPLAINS && packet->rest ? bring_in(ctx, context_interface(ctx), INWARD_MARKED) : WEIR_VERDICT_PASS;
}

/* The finished packet to the stack of the director itself; see deliver. */
static __always_inline int deliver_packet(struct weir_context *ctx, const struct packet *packet)
{
	if (EXPLAINS || !packet->rest)
		return deliver(ctx);
	if (context_is_own(ctx))
		return pass_here(ctx, packet);
	return address_to_loopback(ctx, DELIVERED) ? WEIR_VERDICT_DROP : bring_in(ctx, LOOPBACK, INWARD);
}

#else

static __always_inline int is_given_back(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline int give_back(struct weir_context *ctx, const struct packet *packet, __u32 reason)
{
	(void)packet;
	return refuse(ctx, reason);
}

#endif

#endif
